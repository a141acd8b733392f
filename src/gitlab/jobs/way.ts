import type { ServicesWay } from "../../model/gitlab.ts";
import { networksOf } from "../../model/joined-networks.ts";
import { DeclarationError } from "../../model/problem.ts";
import type { DeclaredJob, Sandbox } from "../../model/sandbox.ts";
import type { DeclaredService } from "../../model/service.ts";
import { isReservedVariable } from "./variables.ts";

/** Something that GitLab's `services:` cannot give a job, so that it takes a compose file. */
export interface NeedOfCompose {
  readonly path: string;
  readonly why: string;
}

const WAYS: readonly ServicesWay[] = ["services", "docker-in-docker", "compose"];

/**
 * How the job gets its services: as it says itself, or the simplest way that expresses what it and its
 * services declare.
 * @param services the services that are active for the job, by key
 * @throws DeclarationError when the way that the job names cannot express its sandbox
 */
export function servicesWay(
  sandbox: Sandbox,
  jobKey: string,
  job: DeclaredJob,
  services: readonly (readonly [string, DeclaredService])[],
): ServicesWay {
  const needs = needsOfCompose(sandbox, jobKey, job, services);
  const hasDaemon = services.some(([, { dockerDaemon }]) => dockerDaemon !== undefined);
  const chosen =
    job.gitlab?.way ?? (needs.length > 0 ? "compose" : hasDaemon ? "docker-in-docker" : "services");
  const path = `${sandbox.name}.jobs.${jobKey}.gitlab.way`;
  if (!WAYS.includes(chosen)) {
    throw new DeclarationError([
      { path, message: `"${chosen}" is no way to get services; use ${WAYS.join(", ")}` },
    ]);
  }
  if (chosen === "compose") return chosen;
  if (needs.length > 0) {
    throw new DeclarationError(
      needs.map((need) => ({
        path: need.path,
        message: `${need.why} in GitLab's services; drop it, or let the job "${jobKey}" say way: "compose"`,
      })),
    );
  }
  if (chosen === "docker-in-docker" && !hasDaemon) {
    const message = "no service of the sandbox is a Docker daemon; add one, for example docker: dind()";
    throw new DeclarationError([{ path, message }]);
  }
  return chosen;
}

/**
 * What in the declaration GitLab's `services:` have no word for at all. Source:
 * https://docs.gitlab.com/ci/services/#available-settings-for-services
 */
export function needsOfCompose(
  sandbox: Sandbox,
  jobKey: string,
  job: DeclaredJob,
  services: readonly (readonly [string, DeclaredService])[],
): readonly NeedOfCompose[] {
  const jobPath = `${sandbox.name}.jobs.${jobKey}`;
  return [
    ...networkNeeds(sandbox, job, services),
    ...services.flatMap(([key, service]) => serviceNeeds(`${sandbox.name}.services.${key}`, service)),
    ...sharedVolumeNeeds(sandbox, job, services),
    ...(isFilled(job.extraHosts)
      ? [{ path: `${jobPath}.extraHosts`, why: "names with addresses have no place" }]
      : []),
    ...Object.keys(job.env)
      .filter(isReservedVariable)
      .map((name) => ({ path: `${jobPath}.env.${name}`, why: "the variable means something else" })),
  ];
}

function serviceNeeds(path: string, service: DeclaredService): readonly NeedOfCompose[] {
  return [
    ...(isFilled(service.after) ? [{ path: `${path}.after`, why: "services start all at once" }] : []),
    ...(service.runsOnce ? [{ path: `${path}.runsOnce`, why: "nothing waits for a service's end" }] : []),
    ...(isFilled(service.files)
      ? [{ path: `${path}.files`, why: "files cannot be brought into a service" }]
      : []),
    ...(isFilled(service.extraHosts)
      ? [{ path: `${path}.extraHosts`, why: "names with addresses have no place" }]
      : []),
  ];
}

function networkNeeds(
  sandbox: Sandbox,
  job: DeclaredJob,
  services: readonly (readonly [string, DeclaredService])[],
): readonly NeedOfCompose[] {
  const used = new Set(
    [job, ...services.map(([, service]) => service)].flatMap((one) => networksOf(sandbox, one)),
  );
  const internal = [...used].filter((network) => sandbox.networks[network]?.internal);
  return [
    ...(used.size > 1 ? [{ path: `${sandbox.name}.networks`, why: "all share one network" }] : []),
    ...internal.map((network) => ({
      path: `${sandbox.name}.networks.${network}.internal`,
      why: "the network has a way out",
    })),
  ];
}

function sharedVolumeNeeds(
  sandbox: Sandbox,
  job: DeclaredJob,
  services: readonly (readonly [string, DeclaredService])[],
): readonly NeedOfCompose[] {
  const mounted = [job, ...services.map(([, service]) => service)].map(
    ({ volumes = {} }) => new Set(Object.values(volumes)),
  );
  return sandbox.volumes
    .filter((volume) => mounted.filter((volumes) => volumes.has(volume)).length > 1)
    .map((volume) => ({ path: `${sandbox.name}.volumes.${volume}`, why: "no volume can be shared" }));
}

function isFilled(value: object | undefined): boolean {
  return value !== undefined && Object.keys(value).length > 0;
}
