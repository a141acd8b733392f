import { problemsAt } from "../../model/check-values.ts";
import type { ServiceStrategy } from "../../model/gitlab-settings.ts";
import type { Plan, PlannedContainer, PlannedService } from "../../model/plan/plan.ts";
import { DeclarationError, type Problem, requireNone } from "../../model/problem.ts";
import { type Runner, runsInCluster } from "../../model/runner/runner.ts";
import { isFilled } from "./gitlab-support.ts";
import type { JobToEmit } from "./job-to-emit.ts";
import { podNeeds } from "./pod-needs.ts";
import { isReservedVariable } from "./variables.ts";

const STRATEGIES: readonly ServiceStrategy[] = ["services", "docker-in-docker", "compose", "cluster"];

/** A property that GitLab's `services:` cannot express. Its message is a clause. */
export interface UnmetNeed extends Problem {
  /** Whether the job still runs in a pod, without what the property declares. @default false */
  readonly isLoss?: boolean;
}

/** What a strategy depends on of a runner. Empty: the Docker executor. */
type PlaceOfJobs = Pick<Runner, "executor" | "privilegedServices" | "sandboxes">;

/**
 * The strategy of a job on a runner: the declared one, or the simplest one that expresses the plan there.
 * @throws DeclarationError if the declared strategy cannot express the plan on any runner
 */
export function serviceStrategy(toEmit: JobToEmit, runner: PlaceOfJobs): ServiceStrategy {
  const declared = declaredStrategy(toEmit);
  if (declared !== undefined) return declared;
  // A cluster builds no images, and a registry is only used where it is asked for.
  if (builtParts(toEmit).length > 0) return "compose";
  if (unmetNeeds(toEmit, runner).length === 0) return strategyByServices(toEmit);
  return runner.sandboxes === undefined ? "compose" : "cluster";
}

/** The paths of the parts of a job that have a built image. */
export function builtParts({ plan, job, services }: JobToEmit): readonly string[] {
  const isBuilt = ({ image }: PlannedContainer) => plan.builds.some((build) => build.image === image);
  return [
    ...services.filter(isBuilt).map(({ key }) => `${plan.sandbox}.services.${key}`),
    ...(isBuilt(job) ? [`${plan.sandbox}.jobs.${job.key}`] : []),
  ];
}

/** The strategy of a job whose services are GitLab's `services:`. */
export function strategyByServices({ services }: JobToEmit): ServiceStrategy {
  return services.some(isDaemon) ? "docker-in-docker" : "services";
}

/**
 * What GitLab's `services:` cannot express of a plan on a runner, so that the job needs another strategy.
 * Source: https://docs.gitlab.com/ci/services/#available-settings-for-services
 */
export function unmetNeeds(toEmit: JobToEmit, runner: PlaceOfJobs): readonly UnmetNeed[] {
  return [...serviceNeeds(toEmit), ...(runsInCluster(runner) ? podNeeds(toEmit, runner) : [])];
}

/** @throws DeclarationError for an unknown strategy, and one that cannot express the plan on any runner */
function declaredStrategy(toEmit: JobToEmit): ServiceStrategy | undefined {
  const { plan, job, services } = toEmit;
  const { strategy } = job.gitlab;
  if (strategy === undefined) return undefined;
  const path = `${plan.sandbox}.jobs.${job.key}.gitlab.strategy`;
  if (!STRATEGIES.includes(strategy)) {
    const message = `"${strategy}" is not a strategy; use ${STRATEGIES.join(", ")}`;
    throw new DeclarationError([{ path, message }]);
  }
  if (strategy === "compose" || strategy === "cluster") return strategy;
  const remedy = `remove the property, or set gitlab: { strategy: "compose" } for the job "${job.key}"`;
  const needs = [...serviceNeeds(toEmit)];
  requireNone(needs.map((need) => ({ ...need, message: `${need.message} in GitLab's services; ${remedy}` })));
  if (strategy === "docker-in-docker" && !services.some(isDaemon)) {
    const message = "the sandbox has no Docker daemon; add a service, for example docker: dind()";
    throw new DeclarationError([{ path, message }]);
  }
  return strategy;
}

function isDaemon({ dockerDaemon }: PlannedService): boolean {
  return dockerDaemon !== undefined;
}

function* serviceNeeds({ plan, job, services }: JobToEmit): Iterable<UnmetNeed> {
  const at = problemsAt(plan.sandbox);
  const containers = [job, ...services];
  const networks = new Set(containers.flatMap((container) => container.networks));
  if (networks.size > 1) yield { ...at("networks", "all containers share one network"), isLoss: true };
  for (const { key } of plan.networks.filter(({ key, internal }) => internal && networks.has(key)))
    yield { ...at(`networks.${key}.internal`, "every network has internet access"), isLoss: true };
  for (const service of services) yield* needsOfService(plan, service);
  for (const { key } of plan.volumes.filter(({ sharedBy }) => sharedBy === undefined)) {
    const users = containers.filter(({ mounts }) => mounts.some(({ volume }) => volume === key));
    if (users.length > 1) yield at(`volumes.${key}`, "no volume can be shared");
  }
  if (isFilled(job.extraHosts)) yield at(`jobs.${job.key}.extraHosts`, "extra hosts are not supported");
  for (const name of Object.keys(job.env).filter(isReservedVariable))
    yield at(`jobs.${job.key}.env.${name}`, "the variable's name is reserved");
}

function* needsOfService(plan: Plan, service: PlannedService): Iterable<UnmetNeed> {
  const at = problemsAt(`${plan.sandbox}.services.${service.key}`);
  const { after, completesWithin, files, extraHosts } = service;
  if (isFilled(after)) yield { ...at("after", "all services start at once"), isLoss: true };
  if (completesWithin !== undefined)
    yield { ...at("runsOnce", "no job can wait for a service to complete"), isLoss: true };
  if (files.length > 0) yield at("files", "no file can be copied to a service");
  if (isFilled(extraHosts)) yield at("extraHosts", "extra hosts are not supported");
}
