import type { Runner } from "../../model/runner.ts";
import type { DeclaredJob } from "../../model/sandbox.ts";
import { aliasesOf, type DeclaredService } from "../../model/service.ts";
import { shellWord } from "../../model/shell.ts";
import { planServicesForText } from "../../text/text-plan.ts";
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
  const { sandbox, job, services } = toEmit;
  const runner = pickRunner({
    privilegedServices: services.flatMap(([, { privileged, image }]) => (privileged ? [image] : [])),
    sharedFolders: services.flatMap(([key, { shares = [] }]) => (isReferredTo(toEmit, key) ? shares : [])),
    userNamespaces: job.userNamespaces ?? false,
  });
  const { mtu, registryMirror } = runner;
  const plan = planServicesForText(sandbox, {
    profiles: job.profiles ?? [],
    ...(mtu !== undefined && { mtu }),
    ...(registryMirror !== undefined && { registryMirror }),
  });
  const commands = new Map(plan.services.map(({ key, command }) => [key, command]));
  const cachedFolders = Object.entries(job.volumes ?? {});
  const enter = enterWorkingFolder(toEmit);
  const body: JobBody = {
    image: imageEntry(job),
    services: services.map(([key, service]) => serviceEntry(key, service, commands.get(key))),
    variables: job.env,
    ...(job.files === undefined && { expandedVariables: { GIT_STRATEGY: "empty" } }),
    waits: services.flatMap(([key, service]) => waitCommand(key, service) ?? []),
    before: [
      ...cachedFolders.flatMap(([target, volume]) => linkToCache(target, volume)),
      ...enter,
      ...(job.before ?? []),
    ],
    script: job.script,
    cleanup: job.cleanup && job.cleanup.length > 0 ? [...enter, ...job.cleanup] : [],
    ...(cachedFolders.length > 0 && {
      cache: cachedFolders.map(([, volume]) => ({
        key: `${sandbox.name}-${volume}`,
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

function isReferredTo({ job, services }: JobToEmit, key: string): boolean {
  return job.refersTo.includes(key) || services.some(([, service]) => service.refersTo.includes(key));
}

function serviceEntry(
  key: string,
  service: DeclaredService,
  command: readonly string[] | undefined,
): YamlValue {
  const [port] = service.ports ?? [];
  const variables = {
    // The runner dials what the image exposes, and waits half a minute for a port that nothing listens on.
    ...(port !== undefined && { [DIALLED_PORT]: String(port) }),
    ...serviceVariables(service.env ?? {}),
  };
  return {
    name: service.image,
    // The runner splits at commas: https://docs.gitlab.com/ci/services/#available-settings-for-services
    alias: aliasesOf(key, service).join(","),
    ...(service.entrypoint && { entrypoint: service.entrypoint }),
    ...(command && command.length > 0 && { command }),
    ...(service.user !== undefined && { docker: { user: service.user } }),
    ...(Object.keys(variables).length > 0 && { variables }),
  };
}

function imageEntry({ image, user, entrypoint }: DeclaredJob): YamlValue {
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
  const { files, workingFolder } = job;
  if (workingFolder === undefined) return files === undefined ? [] : [`cd ${inProject(files)}`];
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
