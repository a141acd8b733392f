import { posix } from "node:path";
import { nothingLeft } from "../../model/nothing-left.ts";
import { commandIn } from "../../model/plan/place-network.ts";
import type { PlannedJob, PlannedService } from "../../model/plan/plan.ts";
import { type Runner, runsInCluster, runsOnEngine } from "../../model/runner/runner.ts";
import { shellWord } from "../../model/shell.ts";
import { filled, type YamlValue } from "../../text/yaml.ts";
import { copyArtifacts } from "./artifacts-entry.ts";
import { cacheEntries, linkCache } from "./cache-entry.ts";
import { GITLAB_SERVICES } from "./gitlab-support.ts";
import type { JobBody, JobToEmit } from "./job-to-emit.ts";
import { type GitLabService, overrideService } from "./override-job.ts";
import { isNumericUser } from "./pod-support.ts";
import { serviceVariables } from "./variables.ts";
import { waitCommand } from "./wait.ts";

/**
 * The job in its own image, with the sandbox's services as GitLab's `services:`. A service may be a Docker
 * daemon.
 */
export function servicesJob(toEmit: JobToEmit, runner: Runner): JobBody {
  const { plan, job, services } = toEmit;
  const {
    image,
    entrypoint,
    user,
    platform,
    env,
    mounts,
    script,
    before,
    cleanup,
    overrides: _overrides,
    ...others
  } = job;
  const { projectFiles, workingFolder, workingFolderIsFree, ...ofJob } = others;
  // In the entry of each job, whatever its services come from.
  const { needs: _needs, timeout: _timeout, gitlab: _gitlab, ...unlike } = ofJob;
  const { variablesFile: _variablesFile, artifacts: _artifacts, cache: _cache, ...more } = unlike;
  // GitLab has its own names, certificates and predefined variables; a runner's shell reaps processes.
  const {
    key: _key,
    aliases: _aliases,
    files: _files,
    placeCertificates: _certificates,
    predefined: _predefined,
    ...left
  } = more;
  // A need for the runner.
  const { userNamespaces: _userNamespaces, ...notOfRunner } = left;
  const { profiles: _profiles, init: _init, privileged: _never, ...rest } = notOfRunner;
  nothingLeft(rest, GITLAB_SERVICES.exceptions.job);
  const cached = mounts.filter(({ declared }) => declared);
  const enter = enterWorkingFolder({ projectFiles, workingFolder, workingFolderIsFree }, toEmit.folder);
  return {
    image: imageEntry(image, entrypoint, executorEntry(runner, user, platform)),
    services: services.map((service) =>
      overrideService(`${plan.sandbox}.services.${service.key}`, service, serviceEntry(service, runner)),
    ),
    variables: env,
    ...(projectFiles === undefined && { expandedVariables: { GIT_STRATEGY: "empty" } }),
    waits: services.flatMap((service) => waitCommand(service) ?? []),
    before: [
      ...cached.flatMap(({ target, volume }) => linkToCache(target, volume)),
      ...enter,
      ...linkCache(job),
      ...before,
    ],
    script,
    // Entering the folder copies its files again, over what the job has made of them.
    cleanup: [...copyArtifacts(job), ...(cleanup.length > 0 ? [...enter, ...cleanup] : [])],
    cache: [
      ...cached.map(({ volume }) => ({
        key: `${plan.sandbox}-${volume}`,
        paths: [cacheFolder(volume)],
        when: "always",
      })),
      ...cacheEntries(job, toEmit.folder),
    ],
  };
}

function serviceEntry(service: PlannedService, runner: Runner): GitLabService {
  const {
    image,
    aliases,
    entrypoint,
    command,
    dockerDaemon,
    user,
    platform,
    env,
    ports,
    overrides: _overrides,
    ...others
  } = service;
  // The runner shares folders and runs images privileged; jobs wait for services and know their variables.
  const {
    mounts: _mounts,
    privileged: _privileged,
    probe: _probe,
    remoteProbe: _remoteProbe,
    ...more
  } = others;
  const {
    clientVariables: _variables,
    seed: _seed,
    published: _published,
    udpPorts: _udpPorts,
    profiles: _profiles,
    key: _key,
    ...left
  } = more;
  const { init: _init, placeCertificates: _certificates, ...rest } = left;
  nothingLeft(rest, GITLAB_SERVICES.exceptions.service);
  const [port] = ports;
  const variables = {
    // By default the runner checks a port that the image exposes, and waits 30 seconds if no process listens
    // on it: https://docs.gitlab.com/ci/services/#how-the-health-check-of-services-works
    // In a pod it checks none by default.
    ...(port !== undefined && runsOnEngine(runner) && { HEALTHCHECK_TCP_PORT: String(port) }),
    ...serviceVariables(env),
  };
  return {
    name: image,
    // The runner splits the alias at commas:
    // https://docs.gitlab.com/ci/services/#available-settings-for-services
    alias: aliases.join(","),
    entrypoint,
    command: filled(commandIn(runner, { command, dockerDaemon }) ?? []),
    ...executorEntry(runner, user, platform),
    variables: filled(variables),
  };
}

type ExecutorEntry = Readonly<Record<string, YamlValue>>;

/** https://docs.gitlab.com/ci/yaml/#imagedocker and https://docs.gitlab.com/ci/yaml/#imagekubernetes */
function executorEntry(
  runner: Runner,
  user: string | undefined,
  platform: string | undefined,
): ExecutorEntry | undefined {
  if (runsInCluster(runner)) return isNumericUser(user) ? { kubernetes: { user } } : undefined;
  return user === undefined && platform === undefined ? undefined : { docker: { platform, user } };
}

function imageEntry(
  image: string,
  entrypoint: readonly string[] | undefined,
  ofExecutor: ExecutorEntry | undefined,
): YamlValue {
  if (ofExecutor === undefined && entrypoint === undefined) return image;
  return {
    name: image,
    // GitLab reads an empty word as no entrypoint.
    entrypoint: entrypoint?.length === 0 ? [""] : entrypoint,
    ...ofExecutor,
  };
}

interface WorkingFolder extends Pick<PlannedJob, "workingFolder" | "workingFolderIsFree"> {
  readonly projectFiles: string | undefined;
}

/**
 * The runner chooses the path of the checkout. A job with a declared working folder gets a copy there, other
 * jobs work in the checkout.
 */
function enterWorkingFolder(
  { projectFiles, workingFolder, workingFolderIsFree }: WorkingFolder,
  project = "",
): readonly string[] {
  const files = projectFiles === undefined ? undefined : inCheckout(posix.join(project, projectFiles));
  if (workingFolderIsFree) return files === undefined ? [] : [`cd ${files}`];
  const folder = shellWord(workingFolder);
  return [
    `mkdir -p ${folder}`,
    ...(files === undefined ? [] : [`cp -R ${files}/. ${folder}`]),
    `cd ${folder}`,
  ];
}

function inCheckout(path: string): string {
  return `"$CI_PROJECT_DIR"/${shellWord(path)}`;
}

/** The folder of a cached volume, in the checkout: GitLab caches no other folders. */
function cacheFolder(volume: string): string {
  return `.nestbox/cache/${volume}`;
}

function linkToCache(target: string, volume: string): readonly string[] {
  const parent = target.replace(/\/[^/]*$/, "") || "/";
  const folder = inCheckout(cacheFolder(volume));
  return [
    `mkdir -p ${folder} ${shellWord(parent)}`,
    `rm -rf ${shellWord(target)}`,
    `ln -s ${folder} ${shellWord(target)}`,
  ];
}
