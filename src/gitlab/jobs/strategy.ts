import type { ServiceStrategy } from "../../model/gitlab-settings.ts";
import type { PlannedService } from "../../model/plan/plan.ts";
import { DeclarationError, requireNone } from "../../model/problem.ts";
import { isFilled } from "./gitlab-support.ts";
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
  const needs = [...composeNeeds(toEmit)];
  const hasDaemon = services.some(({ dockerDaemon }) => dockerDaemon !== undefined);
  const simplest = needs.length > 0 ? "compose" : hasDaemon ? "docker-in-docker" : "services";
  const chosen = job.gitlab.strategy ?? simplest;
  const path = `${plan.sandbox}.jobs.${job.key}.gitlab.strategy`;
  if (!STRATEGIES.includes(chosen)) {
    const message = `"${chosen}" is not a strategy; use ${STRATEGIES.join(", ")}`;
    throw new DeclarationError([{ path, message }]);
  }
  if (chosen === "compose") return chosen;
  const remedy = `remove the property, or set gitlab: { strategy: "compose" } for the job "${job.key}"`;
  requireNone(
    needs.map(({ path, reason }) => ({ path, message: `${reason} in GitLab's services; ${remedy}` })),
  );
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
function* composeNeeds(toEmit: JobToEmit): Iterable<ComposeNeed> {
  const { plan, job, services } = toEmit;
  const jobPath = `${plan.sandbox}.jobs.${job.key}`;
  yield* networkNeeds(toEmit);
  for (const service of services) yield* serviceNeeds(`${plan.sandbox}.services.${service.key}`, service);
  yield* sharedVolumeNeeds(toEmit);
  if (isFilled(job.extraHosts))
    yield { path: `${jobPath}.extraHosts`, reason: "extra hosts are not supported" };
  for (const name of Object.keys(job.env).filter(isReservedVariable))
    yield { path: `${jobPath}.env.${name}`, reason: "the variable's name is reserved" };
}

function* serviceNeeds(path: string, service: PlannedService): Iterable<ComposeNeed> {
  const { after, completesWithin, files, extraHosts } = service;
  if (isFilled(after)) yield { path: `${path}.after`, reason: "all services start at once" };
  if (completesWithin !== undefined)
    yield { path: `${path}.runsOnce`, reason: "no job can wait for a service to complete" };
  if (files.length > 0) yield { path: `${path}.files`, reason: "no file can be copied to a service" };
  if (isFilled(extraHosts)) yield { path: `${path}.extraHosts`, reason: "extra hosts are not supported" };
}

function* networkNeeds({ plan, job, services }: JobToEmit): Iterable<ComposeNeed> {
  const path = `${plan.sandbox}.networks`;
  const used = new Set([job, ...services].flatMap(({ networks }) => networks));
  if (used.size > 1) yield { path, reason: "all containers share one network" };
  for (const { key, internal } of plan.networks)
    if (internal && used.has(key))
      yield { path: `${path}.${key}.internal`, reason: "every network has internet access" };
}

function* sharedVolumeNeeds({ plan, job, services }: JobToEmit): Iterable<ComposeNeed> {
  const mounted = [job, ...services].map(({ mounts }) => new Set(mounts.map(({ volume }) => volume)));
  for (const { key } of plan.volumes.filter(({ sharedBy }) => sharedBy === undefined))
    if (mounted.filter((volumes) => volumes.has(key)).length > 1)
      yield { path: `${plan.sandbox}.volumes.${key}`, reason: "no volume can be shared" };
}
