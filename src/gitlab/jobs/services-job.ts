import { posix } from "node:path";
import { commandIn } from "../../model/plan/place-network.ts";
import type { PlannedJob, PlannedService } from "../../model/plan/plan.ts";
import type { Runner } from "../../model/runner/runner.ts";
import { shellWord } from "../../model/shell.ts";
import { filled, type YamlValue } from "../../text/yaml.ts";
import type { RunnerNeeds } from "./choose-runner.ts";
import type { JobBody, JobToEmit } from "./job-to-emit.ts";
import { serviceVariables } from "./variables.ts";
import { waitCommand } from "./wait.ts";

/**
 * The job in its own image, with the sandbox's services as GitLab's `services:`. A service may be a Docker
 * daemon.
 */
export function servicesJob(
  toEmit: JobToEmit,
  pickRunner: (needs: RunnerNeeds) => Runner,
): { readonly runner: Runner; readonly body: JobBody } {
  const { plan, job, services } = toEmit;
  const runner = pickRunner({
    privilegedServices: services.flatMap(({ privileged, image }) => (privileged ? [image] : [])),
    sharedFolders: sharedFolders(toEmit),
    userNamespaces: job.userNamespaces,
  });
  const cached = job.mounts.filter(({ declared }) => declared);
  const enter = enterWorkingFolder(toEmit);
  const body: JobBody = {
    image: imageEntry(job),
    services: services.map((service) => serviceEntry(service, runner)),
    variables: job.env,
    ...(job.projectFiles === undefined && { expandedVariables: { GIT_STRATEGY: "empty" } }),
    waits: services.flatMap((service) => waitCommand(service) ?? []),
    before: [...cached.flatMap(({ target, volume }) => linkToCache(target, volume)), ...enter, ...job.before],
    script: job.script,
    cleanup: job.cleanup.length > 0 ? [...enter, ...job.cleanup] : [],
    cache: cached.map(({ volume }) => ({
      key: `${plan.sandbox}-${volume}`,
      paths: [cacheFolder(volume)],
      when: "always",
    })),
  };
  return { runner, body };
}

/** The folders that a service shares with the job or with other services. */
function sharedFolders({ job, services }: JobToEmit): readonly string[] {
  const mounts = [job, ...services].flatMap((container) => container.mounts);
  const readers = mounts.filter(({ declared, readOnly }) => !declared && readOnly);
  return [...new Set(readers.map(({ target }) => target))];
}

function serviceEntry(service: PlannedService, runner: Runner): YamlValue {
  const [port] = service.ports;
  const variables = {
    // By default the runner checks a port that the image exposes, and waits 30 seconds if no process listens
    // on it: https://docs.gitlab.com/ci/services/#how-the-health-check-of-services-works
    ...(port !== undefined && { HEALTHCHECK_TCP_PORT: String(port) }),
    ...serviceVariables(service.env),
  };
  return {
    name: service.image,
    // The runner splits the alias at commas:
    // https://docs.gitlab.com/ci/services/#available-settings-for-services
    alias: service.aliases.join(","),
    entrypoint: service.entrypoint,
    command: filled(commandIn(runner, service) ?? []),
    docker: service.user === undefined ? undefined : { user: service.user },
    variables: filled(variables),
  };
}

function imageEntry({ image, user, entrypoint }: PlannedJob): YamlValue {
  if (user === undefined && entrypoint === undefined) return image;
  return {
    name: image,
    // GitLab reads an empty word as no entrypoint.
    entrypoint: entrypoint?.length === 0 ? [""] : entrypoint,
    docker: user === undefined ? undefined : { user },
  };
}

/**
 * The runner chooses the path of the checkout. A job with a declared working folder gets a copy there, other
 * jobs work in the checkout.
 */
function enterWorkingFolder({ job, folder: project = "" }: JobToEmit): readonly string[] {
  const { projectFiles, workingFolder } = job;
  const files = projectFiles === undefined ? undefined : inCheckout(posix.join(project, projectFiles));
  if (job.workingFolderIsFree) return files === undefined ? [] : [`cd ${files}`];
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
