import { problemsAt } from "../../model/check-values.ts";
import type { ServiceStrategy } from "../../model/gitlab-settings.ts";
import type { PlannedService } from "../../model/plan/plan.ts";
import { DeclarationError, type Problem, requireNone } from "../../model/problem.ts";
import { isFilled } from "./gitlab-support.ts";
import type { JobToEmit } from "./job-to-emit.ts";
import { isReservedVariable } from "./variables.ts";

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
  requireNone(needs.map((need) => ({ ...need, message: `${need.message} in GitLab's services; ${remedy}` })));
  if (chosen === "docker-in-docker" && !hasDaemon) {
    const message = "the sandbox has no Docker daemon; add a service, for example docker: dind()";
    throw new DeclarationError([{ path, message }]);
  }
  return chosen;
}

/**
 * The properties of a plan that GitLab's `services:` cannot express, so that the job needs a compose file.
 * Each message is a clause, to be followed by "in GitLab's services". Source:
 * https://docs.gitlab.com/ci/services/#available-settings-for-services
 */
function* composeNeeds({ plan, job, services }: JobToEmit): Iterable<Problem> {
  const at = problemsAt(plan.sandbox);
  const containers = [job, ...services];
  const networks = new Set(containers.flatMap((container) => container.networks));
  if (networks.size > 1) yield at("networks", "all containers share one network");
  for (const { key } of plan.networks.filter(({ key, internal }) => internal && networks.has(key)))
    yield at(`networks.${key}.internal`, "every network has internet access");
  for (const service of services) yield* serviceNeeds(`${plan.sandbox}.services.${service.key}`, service);
  for (const { key } of plan.volumes.filter(({ sharedBy }) => sharedBy === undefined)) {
    const users = containers.filter(({ mounts }) => mounts.some(({ volume }) => volume === key));
    if (users.length > 1) yield at(`volumes.${key}`, "no volume can be shared");
  }
  if (isFilled(job.extraHosts)) yield at(`jobs.${job.key}.extraHosts`, "extra hosts are not supported");
  for (const name of Object.keys(job.env).filter(isReservedVariable))
    yield at(`jobs.${job.key}.env.${name}`, "the variable's name is reserved");
}

function* serviceNeeds(path: string, service: PlannedService): Iterable<Problem> {
  const at = problemsAt(path);
  const { after, completesWithin, files, extraHosts } = service;
  if (isFilled(after)) yield at("after", "all services start at once");
  if (completesWithin !== undefined) yield at("runsOnce", "no job can wait for a service to complete");
  if (files.length > 0) yield at("files", "no file can be copied to a service");
  if (isFilled(extraHosts)) yield at("extraHosts", "extra hosts are not supported");
}
