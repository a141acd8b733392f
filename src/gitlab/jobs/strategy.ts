import type { ServiceStrategy } from "../../model/gitlab-settings.ts";
import type { PlannedService } from "../../model/plan/plan.ts";
import { DeclarationError } from "../../model/problem.ts";
import type { JobToEmit } from "./job-to-emit.ts";
import { isReservedVariable } from "./variables.ts";

/** A property that GitLab's `services:` cannot express, so the job needs a compose file. */
interface ComposeNeed {
  readonly path: string;
  /** A clause for errors, to be followed by "in GitLab's services". */
  readonly reason: string;
}

const STRATEGIES: readonly ServiceStrategy[] = ["services", "docker-in-docker", "compose"];

/**
 * The strategy of a job: the declared one, or the simplest one that expresses the plan.
 * @throws DeclarationError if the declared strategy cannot express the plan
 */
export function serviceStrategy(toEmit: JobToEmit): ServiceStrategy {
  const { plan, job, services } = toEmit;
  const needs = composeNeeds(toEmit);
  const hasDaemon = services.some(({ dockerDaemon }) => dockerDaemon !== undefined);
  const simplest = needs.length > 0 ? "compose" : hasDaemon ? "docker-in-docker" : "services";
  const chosen = job.gitlab.strategy ?? simplest;
  const path = `${plan.sandbox}.jobs.${job.key}.gitlab.strategy`;
  if (!STRATEGIES.includes(chosen)) {
    throw new DeclarationError([
      { path, message: `"${chosen}" is not a strategy; use ${STRATEGIES.join(", ")}` },
    ]);
  }
  if (chosen === "compose") return chosen;
  if (needs.length > 0) {
    throw new DeclarationError(
      needs.map((need) => ({
        path: need.path,
        message:
          `${need.reason} in GitLab's services; remove the property, ` +
          `or set gitlab: { strategy: "compose" } for the job "${job.key}"`,
      })),
    );
  }
  if (chosen === "docker-in-docker" && !hasDaemon) {
    const message = "the sandbox has no Docker daemon; add a service, for example docker: dind()";
    throw new DeclarationError([{ path, message }]);
  }
  return chosen;
}

/**
 * The properties of a plan that GitLab's `services:` cannot express. Source:
 * https://docs.gitlab.com/ci/services/#available-settings-for-services
 */
function composeNeeds(toEmit: JobToEmit): readonly ComposeNeed[] {
  const { plan, job, services } = toEmit;
  const jobPath = `${plan.sandbox}.jobs.${job.key}`;
  return [
    ...networkNeeds(toEmit),
    ...services.flatMap((service) => serviceNeeds(`${plan.sandbox}.services.${service.key}`, service)),
    ...sharedVolumeNeeds(toEmit),
    ...(isFilled(job.extraHosts)
      ? [{ path: `${jobPath}.extraHosts`, reason: "extra hosts are not supported" }]
      : []),
    ...Object.keys(job.env)
      .filter(isReservedVariable)
      .map((name) => ({ path: `${jobPath}.env.${name}`, reason: "the variable's name is reserved" })),
  ];
}

function serviceNeeds(path: string, service: PlannedService): readonly ComposeNeed[] {
  return [
    ...(isFilled(service.after) ? [{ path: `${path}.after`, reason: "all services start at once" }] : []),
    ...(service.completesWithin !== undefined
      ? [{ path: `${path}.runsOnce`, reason: "no job can wait for a service to complete" }]
      : []),
    ...(service.files.length > 0
      ? [{ path: `${path}.files`, reason: "no file can be copied to a service" }]
      : []),
    ...(isFilled(service.extraHosts)
      ? [{ path: `${path}.extraHosts`, reason: "extra hosts are not supported" }]
      : []),
  ];
}

function networkNeeds({ plan, job, services }: JobToEmit): readonly ComposeNeed[] {
  const used = new Set([job, ...services].flatMap(({ networks }) => networks));
  const internal = plan.networks.filter((network) => network.internal && used.has(network.key));
  return [
    ...(used.size > 1
      ? [{ path: `${plan.sandbox}.networks`, reason: "all containers share one network" }]
      : []),
    ...internal.map(({ key }) => ({
      path: `${plan.sandbox}.networks.${key}.internal`,
      reason: "every network has internet access",
    })),
  ];
}

function sharedVolumeNeeds({ plan, job, services }: JobToEmit): readonly ComposeNeed[] {
  const mounted = [job, ...services].map(({ mounts }) => new Set(mounts.map(({ volume }) => volume)));
  return plan.volumes
    .filter(({ sharedBy }) => sharedBy === undefined)
    .filter(({ key }) => mounted.filter((volumes) => volumes.has(key)).length > 1)
    .map(({ key }) => ({ path: `${plan.sandbox}.volumes.${key}`, reason: "no volume can be shared" }));
}

function isFilled(value: object): boolean {
  return Object.keys(value).length > 0;
}
