import { problem, unknown } from "../check-values.ts";
import type { Problem } from "../problem.ts";
import { findCycle } from "../start-order.ts";
import { mountConflicts } from "./check-conflicts.ts";
import { type DeclaredJob, networksOf, type Sandbox } from "./declaration.ts";
import type { ContainerDefinition, DeclaredService, Service } from "./service.ts";

/** Problems of the services that a service waits for. */
export function* afterProblems(sandbox: Sandbox, path: string, service: Service): Iterable<Problem> {
  for (const [needed, condition] of Object.entries(service.after ?? {})) {
    const other = Object.hasOwn(sandbox.services, needed) ? sandbox.services[needed] : undefined;
    if (other) yield* problem(`${path}.after.${needed}`, conditionProblem(needed, condition, service, other));
    else yield* unknown(`${path}.after`, "service", needed, Object.keys(sandbox.services));
  }
}

function conditionProblem(
  needed: string,
  condition: string,
  service: Service,
  other: DeclaredService,
): string | undefined {
  if (condition !== "ready" && condition !== "completed")
    return `"${condition}" is not a condition; use "ready" or "completed"`;
  if (condition === "completed" && !other.runsOnce)
    return `"${needed}" never completes; set its runsOnce to true, or wait for "ready"`;
  if (condition === "ready" && other.runsOnce)
    return `"${needed}" has runsOnce and is never ready; wait for "completed"`;
  return profileProblem("service", needed, service, other);
}

/** Problems of the jobs that a job needs. */
export function* needsProblems(
  { jobs }: Sandbox,
  path: string,
  { needs = [], ...job }: DeclaredJob,
): Iterable<Problem> {
  const cycle = findCycle(
    Object.fromEntries(Object.entries(jobs).map(([key, { needs = [] }]) => [key, needs])),
  );
  for (const needed of needs) {
    const other = Object.hasOwn(jobs, needed) ? jobs[needed] : undefined;
    if (other) yield* problem(`${path}.needs`, profileProblem("job", needed, job, other));
    else yield* unknown(`${path}.needs`, "job", needed, Object.keys(jobs));
  }
  if (cycle?.slice(1).some((key) => path.endsWith(`.jobs.${key}`)))
    yield cycleProblem(`${path}.needs`, cycle);
}

/** The problem of containers that wait for each other. */
export function cycleProblem(path: string, cycle: readonly string[]): Problem {
  const message = `has a dependency cycle: ${cycle.join(" → ")}; remove one of the dependencies`;
  return { path, message };
}

/** Problems of the services that a service or job references, and of the folders that these share. */
export function* referenceProblems(
  sandbox: Sandbox,
  path: string,
  key: string,
  container: DeclaredService | DeclaredJob,
): Iterable<Problem> {
  const others = container.refersTo.flatMap((other) => {
    const service = other === key ? undefined : sandbox.services[other];
    return service ? [[other, service] as const] : [];
  });
  for (const [other, service] of others)
    yield* problem(`${path}.env`, profileProblem("service", other, container, service));
  for (const [other, service] of others)
    yield* problem(`${path}.networks`, networkProblem(sandbox, container, other, service));
  yield* mountConflicts(sandbox, path, key, container);
}

function networkProblem(
  sandbox: Sandbox,
  container: ContainerDefinition,
  key: string,
  service: DeclaredService,
): string | undefined {
  const own = networksOf(sandbox, container);
  const reachable = networksOf(sandbox, service);
  if (reachable.length === 0 || reachable.some((network) => own.includes(network))) return undefined;
  const names = reachable.map((name) => `"${name}"`).join(" or ");
  return `shares no network with "${key}", which it references; join ${names}`;
}

/** The problem of a container with a profile that does not also activate the other one. */
function profileProblem(
  kind: "service" | "job",
  key: string,
  { profiles = [] }: ContainerDefinition,
  { profiles: others = [] }: ContainerDefinition,
): string | undefined {
  const isActivated = profiles.length > 0 && profiles.every((profile) => others.includes(profile));
  if (others.length === 0 || isActivated) return undefined;
  const names = others.map((profile) => `"${profile}"`).join(", ");
  return `${kind} "${key}" is active only with the profile ${names}; add the same profiles`;
}
