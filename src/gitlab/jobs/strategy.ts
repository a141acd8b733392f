import type { ServiceStrategy } from "../../model/gitlab.ts";
import type { PlannedService } from "../../model/plan/plan.ts";
import { DeclarationError } from "../../model/problem.ts";
import type { JobToEmit } from "./job-to-emit.ts";
import { isReservedVariable } from "./variables.ts";

/** Something that GitLab's `services:` cannot give a job, so that it takes a compose file. */
export interface NeedOfCompose {
  readonly path: string;
  readonly why: string;
}

const STRATEGIES: readonly ServiceStrategy[] = ["services", "docker-in-docker", "compose"];

/**
 * How the job gets its services: by its own setting, or the simplest strategy that expresses its plan.
 * @throws DeclarationError when the strategy that the job names cannot express its sandbox
 */
export function serviceStrategy(toEmit: JobToEmit): ServiceStrategy {
  const { plan, job, services } = toEmit;
  const needs = needsOfCompose(toEmit);
  const hasDaemon = services.some(({ dockerDaemon }) => dockerDaemon !== undefined);
  const simplest = needs.length > 0 ? "compose" : hasDaemon ? "docker-in-docker" : "services";
  const chosen = job.gitlab.strategy ?? simplest;
  const path = `${plan.sandbox}.jobs.${job.key}.gitlab.strategy`;
  if (!STRATEGIES.includes(chosen)) {
    throw new DeclarationError([
      { path, message: `"${chosen}" is no strategy for services; use ${STRATEGIES.join(", ")}` },
    ]);
  }
  if (chosen === "compose") return chosen;
  if (needs.length > 0) {
    throw new DeclarationError(
      needs.map((need) => ({
        path: need.path,
        message:
          `${need.why} in GitLab's services; drop it, ` +
          `or give the job "${job.key}" the strategy: gitlab: { strategy: "compose" }`,
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
 * What of a plan GitLab's `services:` cannot express at all. Source:
 * https://docs.gitlab.com/ci/services/#available-settings-for-services
 */
export function needsOfCompose(toEmit: JobToEmit): readonly NeedOfCompose[] {
  const { plan, job, services } = toEmit;
  const jobPath = `${plan.sandbox}.jobs.${job.key}`;
  return [
    ...networkNeeds(toEmit),
    ...services.flatMap((service) => serviceNeeds(`${plan.sandbox}.services.${service.key}`, service)),
    ...sharedVolumeNeeds(toEmit),
    ...(isFilled(job.extraHosts)
      ? [{ path: `${jobPath}.extraHosts`, why: "names with addresses have no place" }]
      : []),
    ...Object.keys(job.env)
      .filter(isReservedVariable)
      .map((name) => ({ path: `${jobPath}.env.${name}`, why: "the variable means something else" })),
  ];
}

function serviceNeeds(path: string, service: PlannedService): readonly NeedOfCompose[] {
  return [
    ...(isFilled(service.after) ? [{ path: `${path}.after`, why: "services start all at once" }] : []),
    ...(service.completesWithin !== undefined
      ? [{ path: `${path}.runsOnce`, why: "nothing waits for a service's end" }]
      : []),
    ...(service.files.length > 0
      ? [{ path: `${path}.files`, why: "files cannot be brought into a service" }]
      : []),
    ...(isFilled(service.extraHosts)
      ? [{ path: `${path}.extraHosts`, why: "names with addresses have no place" }]
      : []),
  ];
}

function networkNeeds({ plan, job, services }: JobToEmit): readonly NeedOfCompose[] {
  const used = new Set([job, ...services].flatMap(({ networks }) => networks));
  const internal = plan.networks.filter((network) => network.internal && used.has(network.key));
  return [
    ...(used.size > 1 ? [{ path: `${plan.sandbox}.networks`, why: "all share one network" }] : []),
    ...internal.map(({ key }) => ({
      path: `${plan.sandbox}.networks.${key}.internal`,
      why: "the network has a way out",
    })),
  ];
}

function sharedVolumeNeeds({ plan, job, services }: JobToEmit): readonly NeedOfCompose[] {
  const mounted = [job, ...services].map(({ mounts }) => new Set(mounts.map(({ volume }) => volume)));
  return plan.volumes
    .filter(({ sharedBy }) => sharedBy === undefined)
    .filter(({ key }) => mounted.filter((volumes) => volumes.has(key)).length > 1)
    .map(({ key }) => ({ path: `${plan.sandbox}.volumes.${key}`, why: "no volume can be shared" }));
}

function isFilled(value: object): boolean {
  return Object.keys(value).length > 0;
}
