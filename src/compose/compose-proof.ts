import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { askDocker } from "../docker/api.ts";
import { proxiesOfNetwork } from "../docker/container-proxies.ts";
import { engineHost } from "../docker/engine-host.ts";
import type { DockerHost } from "../docker/host.ts";
import { containerName, filterQuery, listContainers, listVolumes } from "../docker/listing.ts";
import { observedByPart } from "../docker/observed-container.ts";
import { allLossesOf } from "../losses/losses.ts";
import { runChild } from "../machine/child-process.ts";
import type { Environment } from "../machine/environment.ts";
import { findProgram } from "../machine/programs.ts";
import { runToEnd } from "../machine/run-to-end.ts";
import { isActive } from "../model/plan/active.ts";
import { jobNamed } from "../model/plan/job-named.ts";
import { reducedMtu } from "../model/plan/place-network.ts";
import { SECCOMP_PROFILE } from "../model/plan/seccomp-profile.ts";
import type { ProofRequest, ProofTarget, ProvedSandbox } from "../sandbox/proof-target.ts";
import { toYaml } from "../text/yaml.ts";
import { CLIENT_IMAGE } from "./client-image.ts";
import { composeFile, SECCOMP_FILE } from "./compose-file.ts";
import { composeNames } from "./compose-names.ts";
import { COMPOSE } from "./compose-support.ts";
import { placeOverride } from "./place-override.ts";

/** `docker compose` with the emitted file. */
export const COMPOSE_PROOF: ProofTarget = {
  name: COMPOSE.name,
  missing: async (environment) =>
    findProgram("docker", environment) ? undefined : "the docker command is not installed; install it",
  images: async (_, environment) => ((await hasPlugin(environment)) ? [] : [CLIENT_IMAGE]),
  prepare: (request) => composeSandbox(engineHost(request.environment), request),
};

/** Whether the docker command of this machine has the Compose plugin. */
async function hasPlugin(environment: Environment): Promise<boolean> {
  const { exitCode } = await runToEnd({ command: "docker", args: ["compose", "version"], environment });
  return exitCode === 0;
}

/** The words that start Compose: this machine's, else the program of an image, copied into a folder. */
async function composeProgram({
  environment,
  folder,
  signal,
}: ProofRequest): Promise<readonly [string, ...string[]]> {
  if (await hasPlugin(environment)) return ["docker", "compose"];
  const copy = `cp "$(find /usr -path '*/cli-plugins/docker-compose' | head -n 1)" /out/`;
  const words = ["run", "--rm", "--volume", `${folder}:/out`, CLIENT_IMAGE, "sh", "-c", copy];
  await runChild({ command: "docker", args: words, environment, signal });
  return [path.join(folder, "docker-compose")];
}

async function composeSandbox(engine: DockerHost, given: ProofRequest): Promise<ProvedSandbox> {
  const network = { ...given.network, ...proxiesOfNetwork(engine, given.environment) };
  const request = { ...given, network };
  const { plan, environment, secretVariables, folder, signal } = request;
  const project = `nestbox-prove-${randomBytes(4).toString("hex")}`;
  const label = `com.docker.compose.project=${project}`;
  const mtu = reducedMtu(network);
  writeFiles(request, mtu !== undefined);
  const [command, ...first] = await composeProgram(request);
  const compose = (words: readonly string[], onLine = (_line: string) => {}, end?: AbortSignal) =>
    runToEnd({
      command,
      args: [...first, "--project-name", project, "--ansi", "never", "--progress", "quiet", ...words],
      folder,
      environment: {
        ...{ ...environment, ...secretVariables },
        COMPOSE_FILE: `compose.yaml${path.delimiter}place.yaml`,
        ...(mtu !== undefined && { NESTBOX_MTU: String(mtu) }),
      },
      onLine,
      signal: end,
    });
  return {
    losses: (job) => allLossesOf(COMPOSE, plan, { services: plan.services, jobs: [job] }),
    servicesBeside: (job) =>
      plan.services.filter((service) => isActive(service, job.profiles)).map(({ key }) => key),
    runJob(key, onLine) {
      const name = composeNames(plan)[key] ?? key;
      const profiles = jobNamed(plan, key).profiles.flatMap((profile) => ["--profile", profile]);
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
