import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { composeFile, SECCOMP_FILE } from "../../compose/compose-file.ts";
import { composeNames } from "../../compose/compose-names.ts";
import { COMPOSE } from "../../compose/compose-support.ts";
import { askDocker } from "../../docker/api.ts";
import type { DockerHost } from "../../docker/host.ts";
import { containerName, filterQuery, listContainers, listVolumes } from "../../docker/listing.ts";
import { CLIENT_IMAGE } from "../../gitlab/jobs/daemon-sandbox.ts";
import { lossesOf } from "../../losses/losses.ts";
import { runChild } from "../../machine/child-process.ts";
import { findProgram } from "../../machine/programs.ts";
import { isActive } from "../../model/plan/active.ts";
import { reducedMtu } from "../../model/plan/place-network.ts";
import { SECCOMP_PROFILE } from "../../model/plan/seccomp-profile.ts";
import { toYaml } from "../../text/yaml.ts";
import { observedByPart } from "../engine-container.ts";
import type { ProofRequest, ProofTarget, ProvedSandbox } from "../place.ts";
import { jobOf } from "../probing-plan.ts";
import { runToEnd } from "../run-to-end.ts";
import { placeOverride } from "./compose-override.ts";

/** `docker compose` with the emitted file. */
export function composeTarget(engine: DockerHost): ProofTarget {
  return {
    name: "compose",
    missing: async () =>
      findProgram("docker") === undefined ? "the docker command is not installed; install it" : undefined,
    images: async () => ((await hasPlugin()) ? [] : [CLIENT_IMAGE]),
    prepare: (request) => composeSandbox(engine, request),
  };
}

/** Whether the docker command of this machine has the Compose plugin. */
async function hasPlugin(): Promise<boolean> {
  return (await runToEnd({ command: "docker", args: ["compose", "version"] })).exitCode === 0;
}

/** The words that start Compose: this machine's, else the program of an image, copied into a folder. */
async function composeProgram(folder: string, signal: AbortSignal): Promise<readonly [string, ...string[]]> {
  if (await hasPlugin()) return ["docker", "compose"];
  const copy = `cp "$(find /usr -path '*/cli-plugins/docker-compose' | head -n 1)" /out/`;
  const words = ["run", "--rm", "--volume", `${folder}:/out`, CLIENT_IMAGE, "sh", "-c", copy];
  await runChild({ command: "docker", args: words, signal });
  return [path.join(folder, "docker-compose")];
}

async function composeSandbox(engine: DockerHost, request: ProofRequest): Promise<ProvedSandbox> {
  const { plan, network, secretVariables, folder, signal } = request;
  const project = `nestbox-prove-${randomBytes(4).toString("hex")}`;
  const label = `com.docker.compose.project=${project}`;
  const mtu = reducedMtu(network);
  writeFiles(request, mtu !== undefined);
  const [command, ...first] = await composeProgram(folder, signal);
  const compose = (words: readonly string[], onLine = (_line: string) => {}, end?: AbortSignal) =>
    runToEnd({
      command,
      args: [...first, "--project-name", project, "--ansi", "never", "--progress", "quiet", ...words],
      folder,
      environment: {
        ...{ ...process.env, ...secretVariables },
        COMPOSE_FILE: `compose.yaml${path.delimiter}place.yaml`,
        ...(mtu !== undefined && { NESTBOX_MTU: String(mtu) }),
      },
      onLine,
      signal: end,
    });
  return {
    losses: (job) => lossesOf(COMPOSE, plan, { services: plan.services, jobs: [job] }),
    servicesBeside: (job) =>
      plan.services.filter((service) => isActive(service, job.profiles)).map(({ key }) => key),
    runJob(key, onLine) {
      const name = composeNames(plan)[key] ?? key;
      const profiles = jobOf(plan, key).profiles.flatMap((profile) => ["--profile", profile]);
      return compose([...profiles, "up", "--no-color", "--exit-code-from", name, name], onLine, signal);
    },
    observe: (job) => observedByPart(engine, label, job.key, signal),
    remove: () => compose(["--profile", "*", "down", "--volumes", "--remove-orphans", "--timeout", "1"]),
    leftovers: () => resourcesWith(engine, label),
  };
}

/** Writes the compose file as it is emitted, but for the path of the project, and what this place adds. */
function writeFiles({ plan, projectFolder, folder, network }: ProofRequest, withMtu: boolean): void {
  const write = (file: string, content: string) => writeFileSync(path.join(folder, file), content);
  write("compose.yaml", toYaml(composeFile(plan, { project: path.resolve(projectFolder), withMtu })));
  write("place.yaml", toYaml(placeOverride(plan, network, network.certificates)));
  write(SECCOMP_FILE, JSON.stringify(SECCOMP_PROFILE));
}

/** The containers, networks and volumes with a label, by kind and name. */
async function resourcesWith(engine: DockerHost, label: string): Promise<readonly string[]> {
  const filters = { label: [label] };
  const [containers, networks, volumes] = await Promise.all([
    listContainers(engine, filters),
    askDocker<readonly { readonly Name: string }[]>(engine, `/networks?${filterQuery(filters)}`),
    listVolumes(engine, filters),
  ]);
  return [
    ...containers.map((container) => `container ${containerName(container)}`),
    ...networks.map(({ Name }) => `network ${Name}`),
    ...volumes.map(({ Name }) => `volume ${Name}`),
  ];
}
