import { commandIn } from "../../model/plan/place-network.ts";
import type { PlannedJob, PlannedService } from "../../model/plan/plan.ts";
import type { Runner } from "../../model/runner/runner.ts";
import { shellWord } from "../../model/shell.ts";
import type { YamlValue } from "../../text/yaml.ts";
import type { RunnerNeeds } from "./choose-runner.ts";
import type { JobBody, JobToEmit } from "./job-to-emit.ts";
import { serviceVariables } from "./variables.ts";
import { waitCommand } from "./wait.ts";

/**
 * The job in its own image, with the sandbox's services as GitLab's `services:`. One of them may be a Docker
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
    ...(cached.length > 0 && {
      cache: cached.map(({ volume }) => ({
        key: `${plan.sandbox}-${volume}`,
        paths: [cacheFolder(volume)],
        when: "always",
      })),
    }),
  };
  return { runner, body };
}

/**
 * Which port the runner dials: https://docs.gitlab.com/ci/services/#how-the-health-check-of-services-works
 */
const DIALLED_PORT = "HEALTHCHECK_TCP_PORT";

/** The folders that services share with the job or with each other. */
function sharedFolders({ plan, job, services }: JobToEmit): readonly string[] {
  const shared = plan.volumes.filter(({ sharedBy }) => services.some(({ key }) => key === sharedBy));
  return shared.flatMap(({ key }) => {
    const others = [job, ...services].flatMap(({ mounts }) => mounts);
    const seen = others.filter(({ volume, readOnly }) => volume === key && readOnly);
    return seen.slice(0, 1).map(({ target }) => target);
  });
}

function serviceEntry(service: PlannedService, runner: Runner): YamlValue {
  const [port] = service.ports;
  const command = commandIn(runner, service);
  const variables = {
    // The runner dials what the image exposes, and waits half a minute for a port that nothing listens on.
    ...(port !== undefined && { [DIALLED_PORT]: String(port) }),
    ...serviceVariables(service.env),
  };
  return {
    name: service.image,
    // The runner splits at commas: https://docs.gitlab.com/ci/services/#available-settings-for-services
    alias: service.aliases.join(","),
    ...(service.entrypoint && { entrypoint: service.entrypoint }),
    ...(command && command.length > 0 && { command }),
    ...(service.user !== undefined && { docker: { user: service.user } }),
    ...(Object.keys(variables).length > 0 && { variables }),
  };
}

function imageEntry({ image, user, entrypoint }: PlannedJob): YamlValue {
  if (user === undefined && entrypoint === undefined) return image;
  return {
    name: image,
    // An empty word is how GitLab says that there is none.
    ...(entrypoint && { entrypoint: entrypoint.length > 0 ? entrypoint : [""] }),
    ...(user !== undefined && { docker: { user } }),
  };
}

/**
 * GitLab keeps the checkout where it likes: a job that names its folder gets a copy there, the others work in
 * the checkout.
 */
function enterWorkingFolder({ job }: JobToEmit): readonly string[] {
  const { projectFiles: files, workingFolder } = job;
  if (job.workingFolderIsFree) return files === undefined ? [] : [`cd ${inProject(files)}`];
  const folder = shellWord(workingFolder);
  return [
    `mkdir -p ${folder}`,
    ...(files === undefined ? [] : [`cp -R ${inProject(files)}/. ${folder}`]),
    `cd ${folder}`,
  ];
}

function inProject(path: string): string {
  return `"$CI_PROJECT_DIR"/${shellWord(path)}`;
}

/** GitLab caches folders of the checkout alone. */
function cacheFolder(volume: string): string {
  return `.nestbox/cache/${volume}`;
}

function linkToCache(target: string, volume: string): readonly string[] {
  const parent = target.replace(/\/[^/]*$/, "") || "/";
  const folder = inProject(cacheFolder(volume));
  return [
    `mkdir -p ${folder} ${shellWord(parent)}`,
    `rm -rf ${shellWord(target)}`,
    `ln -s ${folder} ${shellWord(target)}`,
  ];
}
