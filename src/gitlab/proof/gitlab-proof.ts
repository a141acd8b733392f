import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type Docker from "dockerode";
import { CLIENT_IMAGE } from "../../compose/client-image.ts";
import { composeEmission, composePath } from "../../compose/compose-emission.ts";
import { placeOverride, placeVariables } from "../../compose/place-override.ts";
import { deleteOnDocker } from "../../docker/api.ts";
import { proxiesOfNetwork } from "../../docker/container-proxies.ts";
import { containerTimes } from "../../docker/container-times.ts";
import { engineHost } from "../../docker/engine-host.ts";
import type { DockerHost } from "../../docker/host.ts";
import { inspectContainers } from "../../docker/inspect-containers.ts";
import { byPart, observedOnEngine } from "../../docker/observed-container.ts";
import { removeContainer } from "../../docker/remove-container.ts";
import { runInContainer } from "../../docker/run-in-container.ts";
import { archiveFolder, unpackInto } from "../../machine/archive-folder.ts";
import type { Environment } from "../../machine/environment.ts";
import { findProgram } from "../../machine/programs.ts";
import { runToEnd } from "../../machine/run-to-end.ts";
import { isActive } from "../../model/plan/active.ts";
import { jobNamed } from "../../model/plan/job-named.ts";
import { CERTIFICATES } from "../../model/plan/place-network.ts";
import type { Plan, PlannedJob } from "../../model/plan/plan.ts";
import { type Runner, runsInCluster, runsOnEngine } from "../../model/runner/runner.ts";
import { quoted } from "../../model/shell.ts";
import type {
  JobResult,
  Observed,
  ProofRequest,
  ProofSettings,
  ProofTarget,
  ProvedSandbox,
} from "../../sandbox/proof-target.ts";
import { toYaml } from "../../text/yaml.ts";
import { DAEMON_IMAGE } from "../jobs/daemon-sandbox.ts";
import { gitlabEmission } from "../jobs/gitlab-emission.ts";
import { gitlabJob, jobName } from "../jobs/gitlab-job.ts";
import { serviceStrategy } from "../jobs/strategy.ts";
import { RSYNC } from "./rsync.ts";

const PROGRAM = "gitlab-ci-local";

/** The images with which gitlab-ci-local copies files and waits for services. */
const HELPER_IMAGES = ["firecow/gitlab-ci-local-util:latest", "sumina46/wait-for-it:latest"];

/** The emitted GitLab jobs, run by gitlab-ci-local: https://github.com/firecow/gitlab-ci-local */
export function gitlabProof(settings: ProofSettings): ProofTarget {
  const { projectFolder } = settings;
  return {
    name: "gitlab",
    async missing(environment) {
      if (programOf(projectFolder, environment) === undefined)
        return "gitlab-ci-local is not installed; npm install --save-dev gitlab-ci-local";
      const other = ["bash", "git", "docker"].find((name) => findProgram(name, environment) === undefined);
      return other && `gitlab-ci-local needs ${other}; install it`;
    },
    async images(plan) {
      const { jobs } = onEngine(plan, settings.runners);
      const isNested = jobs.some((job) => isByCompose(plan, job));
      return [...HELPER_IMAGES, ...(isNested ? [CLIENT_IMAGE, DAEMON_IMAGE] : [])];
    },
    prepare: (request) => {
      const plan = onEngine(request.plan, settings.runners);
      const runners = settings.runners.filter(runsOnEngine);
      return gitlabSandbox({ ...settings, runners }, { ...request, plan });
    },
  };
}

/** A plan whose jobs take no runner in a cluster: gitlab-ci-local runs jobs on an engine. */
function onEngine(plan: Plan, runners: readonly Runner[]): Plan {
  const inCluster = runners.filter(runsInCluster).map(({ name }) => name);
  const jobs = plan.jobs.map((job) => {
    const { strategy, runner, ...gitlab } = job.gitlab;
    const isInCluster = strategy === "cluster" || inCluster.includes(runner ?? "");
    return isInCluster ? { ...job, gitlab } : job;
  });
  return { ...plan, jobs };
}

function programOf(projectFolder: string, environment: Environment): string | undefined {
  const installed = path.join(projectFolder, "node_modules", ".bin", PROGRAM);
  return existsSync(installed) ? installed : findProgram(PROGRAM, environment);
}

async function gitlabSandbox(
  { projectFolder, runners: declared }: ProofSettings,
  given: ProofRequest,
): Promise<ProvedSandbox> {
  const engine = engineHost(given.environment);
  const network = { ...given.network, ...proxiesOfNetwork(engine, given.environment) };
  const plan = withEngineImages(given.plan);
  const request = { ...given, plan, network };
  const { environment, folder, signal } = request;
  const { registryMirror } = network;
  const runners = declared.map((runner) => ({ ...runner, ...(registryMirror && { registryMirror }) }));
  const id = `prove-${randomBytes(4).toString("hex")}`;
  await writeProject(request, runners, id);
  const checkout = { volume: [`/builds/nestbox/${id}`] };
  const used = new Set<string>();
  const jobs = plan.jobs.map((job) => gitlabJob(plan, job, runners, composePath(plan.sandbox)));
  const emitted = new Map(jobs.map((job) => [job.name, job]));
  return {
    losses: ({ key }) => emitted.get(jobName(plan, key))?.losses ?? [],
    servicesBeside: (job) => servicesOf(plan, job).map(({ key }) => key),
    async runJob(key, onLine) {
      const name = jobName(plan, key);
      const lines: string[] = [];
      const end = await runToEnd({
        command: programOf(projectFolder, environment) ?? PROGRAM,
        args: [...words(request), name],
        folder,
        environment: {
          ...{ ...environment, ...variables(request, jobNamed(plan, key)), FORCE_COLOR: "0" },
          PATH: `${environment.PATH}${path.delimiter}${path.join(folder, PROGRAMS)}`,
        },
        onLine: (line) => {
          if (!line.startsWith(`${name} `)) return;
          lines.push(line);
          onLine(line);
        },
        signal,
      });
      return jobResult(lines, end);
    },
    async observe(job, host) {
      const containers = await inspectContainers(engine, checkout);
      for (const name of containers.flatMap(resourcesOf)) used.add(name);
      return isByCompose(plan, job)
        ? observeNested(engine, containers, job, signal)
        : observeServices(engine, containers, plan, host, signal);
    },
    async remove() {
      for (const { Id } of await inspectContainers(engine, checkout)) await removeContainer(engine, Id);
      for (const one of used) await deleteOnDocker(engine, `/${one.replace(" ", "s/")}`);
    },
    leftovers: async () => (await inspectContainers(engine, checkout)).map(({ Name }) => `container ${Name}`),
  };
}

function servicesOf({ services }: Plan, { profiles }: PlannedJob): Plan["services"] {
  return services.filter((service) => isActive(service, profiles));
}

/**
 * The plan with the engine's own images in place of those that jobs push: no job here has a registry. A plan
 * whose compose file builds stays as it is.
 */
function withEngineImages(plan: Plan): Plan {
  return plan.jobs.some((job) => isByCompose(plan, job)) ? plan : { ...plan, builds: [] };
}

function isByCompose(plan: Plan, job: PlannedJob): boolean {
  return serviceStrategy({ plan, job, services: servicesOf(plan, job) }, {}) === "compose";
}

/** Writes a checkout of the project with the emitted files, and what the network of this place requires. */
async function writeProject(
  { plan, projectFolder, folder, environment, network }: ProofRequest,
  runners: readonly Runner[],
  id: string,
): Promise<void> {
  const write = (file: string, content: string) => {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), content);
  };
  await unpackInto(folder, await archiveFolder(projectFolder, "."));
  // No branch has a stack here.
  const { perBranch: _, ...proved } = plan;
  const request = { plans: [proved], runners, projectFolder, declaredIn: "a plan", folder: "" };
  const emitted = gitlabEmission({ ...request, isWhole: true, timeToLive: "never" });
  for (const { path: file, content } of [...composeEmission(request).files, ...emitted.files])
    write(file, content);
  write(placePath(plan), toYaml(placeOverride(plan, network, CERTIFICATES)));
  write(".gitignore", ".gitlab-ci-local\n.runner\n");
  for (const [file, script] of Object.entries({ [ENGINE_COMMAND]: engineCommand(plan), [COPYING]: RSYNC })) {
    write(file, script);
    chmodSync(path.join(folder, file), 0o755);
  }
  const git = (...args: readonly string[]) => runToEnd({ command: "git", args, folder, environment });
  await git("init", "--quiet", "--initial-branch", "main");
  await git("add", "--all");
  const author = ["-c", "user.name=nestbox", "-c", "user.email=nestbox@localhost"];
  await git(...author, "commit", "--quiet", "--message", "prove");
  await git("remote", "add", "origin", `https://gitlab.example.com/nestbox/${id}.git`);
}

function placePath({ sandbox }: Plan): string {
  return `compose/${sandbox}-place.yaml`;
}

/** Files that git ignores. */
const ENGINE_COMMAND = ".runner/docker";
/** The last folder of PATH. */
const PROGRAMS = ".runner/programs";
const COPYING = `${PROGRAMS}/rsync`;

/**
 * The docker command as a runner uses it, which gitlab-ci-local does not: only images that may be privileged
 * are, aliases are split at commas, services have their users, and `$$` in their variables is a dollar.
 */
function engineCommand({ services }: Plan): string {
  const privileged = services.flatMap((service) => (service.privileged ? [service.image] : []));
  const images = [DAEMON_IMAGE, ...privileged].map(quoted).join(" | ");
  const users = services.flatMap(({ user, aliases: [alias] }) =>
    user === undefined || alias === undefined
      ? []
      : [`${quoted(alias)}) words=(--user ${quoted(user)} "\${words[@]}") ;; `],
  );
  return `#!/bin/bash
[ "$1" = create ] || exec docker "$@"
shift
words=() last= is_service=
case " $* " in *" --network-alias build "*) ;; *" --network-alias "*) is_service=yes ;; esac
for word; do
  case $word in ${images}) words=(--privileged "\${words[@]}") ;; esac
  if [ "$last" = --network-alias ]; then
    for alias in \${word//,/ }; do
      words+=(--network-alias "$alias")
      case $alias in ${users.join("")}esac
    done
  elif [ "$word" != --network-alias ]; then
    if [ "$last$is_service" = -eyes ]; then word=\${word//'$$'/'$'}; fi
    words+=("$word")
  fi
  last=$word
done
exec docker create "\${words[@]}"
`;
}

function words({ folder, network: { certificates } }: ProofRequest): readonly string[] {
  const volumes = [
    "%gcl-cert%:/certs/client",
    ...(certificates ? [`${certificates}:${CERTIFICATES}:ro`] : []),
  ];
  return [
    ...["--home", path.join(folder, ".runner", "home")],
    ...["--container-executable", path.join(folder, ENGINE_COMMAND)],
    // With its umask every job would run as root.
    ...["--no-umask", "--no-color", "--pull-policy", "if-not-present", "--concurrency", "1", "--needs"],
    ...volumes.flatMap((volume) => ["--volume", volume]),
    // It checks each port that an image exposes, also where nothing listens.
    ...["--wait-for-services-timeout", "5"],
  ];
}

/** Variables of the project, by the environment: other users of this machine read command lines. */
function variables(
  { plan, secretVariables, network }: ProofRequest,
  job: PlannedJob,
): Readonly<Record<string, string>> {
  const values = {
    ...placeVariables(plan, job, network),
    ...secretVariables,
    ...(isByCompose(plan, job) && { COMPOSE_FILE: `${composePath(plan.sandbox)}:${placePath(plan)}` }),
  };
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`GCL_VARIABLE_${name}`, value]));
}

/** The exit code that gitlab-ci-local prints: its own is 1 for each. */
function jobResult(lines: readonly string[], { exitCode, lastLine }: JobResult): JobResult {
  const verdict = lines.findLast((line) => line.includes(" finished in "));
  if (verdict === undefined) return { exitCode: exitCode === 0 ? -1 : exitCode, lastLine };
  const [, code = "0"] = /(?:FAIL|WARN) +(\d+)/.exec(verdict) ?? [];
  return { exitCode: Number(code), lastLine: lines.findLast((line) => line !== verdict) ?? "" };
}

/** The services of a job, which share its network. */
function observeServices(
  engine: DockerHost,
  containers: readonly Docker.ContainerInspectInfo[],
  plan: Plan,
  host: string,
  signal: AbortSignal,
): Observed {
  const job = containers.find(({ Config }) => Config.Hostname === host);
  if (job === undefined) throw new Error(`host ${host}: the job's container is gone`);
  const services = plan.services.flatMap(({ key, aliases }) => {
    const found = containers.find((container) => aliases.some((alias) => hasAlias(container, alias)));
    return found ? [[key, observedOnEngine(engine, found, signal)] as const] : [];
  });
  return { job: observedOnEngine(engine, job, signal), services: new Map(services) };
}

function hasAlias({ NetworkSettings }: Docker.ContainerInspectInfo, alias: string): boolean {
  return Object.values(NetworkSettings.Networks).some(({ Aliases }) => Aliases?.includes(alias));
}

/** The containers in the job's own Docker daemon. */
async function observeNested(
  engine: DockerHost,
  containers: readonly Docker.ContainerInspectInfo[],
  job: PlannedJob,
  signal: AbortSignal,
): Promise<Observed> {
  const daemon = containers.find((container) => hasAlias(container, "docker"));
  if (daemon === undefined) throw new Error(`job ${job.key}: its Docker daemon is gone`);
  const run = async (command: readonly string[]) =>
    (await runInContainer(engine, daemon.Id, command, signal)).output;
  const inspect = "docker inspect $(docker ps --all --quiet --no-trunc)";
  const nested = JSON.parse(await run(["sh", "-c", inspect])) as readonly Docker.ContainerInspectInfo[];
  return byPart(nested, job.key, (container) => ({
    times: containerTimes(container),
    run: (command) => run(["docker", "exec", container.Id, ...command]),
  }));
}

/** The networks and volumes of a container, for a clean-up after gitlab-ci-local was killed. */
function resourcesOf({ NetworkSettings, Mounts }: Docker.ContainerInspectInfo): readonly string[] {
  const networks = Object.keys(NetworkSettings.Networks).filter((name) => name !== "bridge");
  const volumes = Mounts.flatMap(({ Name }) => Name ?? []);
  return [...networks.map((name) => `network ${name}`), ...volumes.map((name) => `volume ${name}`)];
}
