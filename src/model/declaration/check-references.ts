import { duplicates, problem, unknown } from "../check-values.ts";
import type { Problem } from "../problem.ts";
import { findCycle } from "../start-order.ts";
import { mountConflicts } from "./check-conflicts.ts";
import type { DeclaredJob, Sandbox } from "./declaration.ts";
import { networksOf } from "./joined-networks.ts";
import type { ContainerDefinition, DeclaredService, Service } from "./service.ts";

/** Problems of the services that a service waits for. */
export function afterProblems(sandbox: Sandbox, path: string, service: Service): readonly Problem[] {
  return Object.entries(service.after ?? {}).flatMap(([needed, condition]) => {
    const other = Object.hasOwn(sandbox.services, needed) ? sandbox.services[needed] : undefined;
    if (!other) return unknown(`${path}.after`, "service", needed, Object.keys(sandbox.services));
    if (condition !== "ready" && condition !== "completed") {
      return problem(
        `${path}.after.${needed}`,
        `"${condition}" is not a condition; use "ready" or "completed"`,
      );
    }
    if (condition === "completed" && !other.runsOnce) {
      return problem(
        `${path}.after.${needed}`,
        `"${needed}" never completes; set its runsOnce to true, or wait for "ready"`,
      );
    }
    if (condition === "ready" && other.runsOnce) {
      return problem(
        `${path}.after.${needed}`,
        `"${needed}" has runsOnce and is never ready; wait for "completed"`,
      );
    }
    const missing = (other.profiles ?? []).length > 0 && !sharesAllProfiles(service, other);
    return missing ? problem(`${path}.after.${needed}`, otherProfile("service", needed, other)) : [];
  });
}

/** Problems of the jobs that a job needs. */
export function needsProblems(
  { jobs }: Sandbox,
  path: string,
  { needs = [], ...job }: DeclaredJob,
): readonly Problem[] {
  const cycle = findCycle(
    Object.fromEntries(Object.entries(jobs).map(([key, { needs = [] }]) => [key, needs])),
  );
  const isInCycle = cycle?.slice(1).some((key) => path.endsWith(`.jobs.${key}`)) ?? false;
  return [
    ...duplicates(`${path}.needs`, needs),
    ...needs.flatMap((needed) => {
      const other = Object.hasOwn(jobs, needed) ? jobs[needed] : undefined;
      if (!other) {
        const known = Object.keys(jobs).join(", ");
        return problem(`${path}.needs`, `no job "${needed}" in this sandbox; it has ${known}`);
      }
      const missing = (other.profiles ?? []).length > 0 && !sharesAllProfiles(job, other);
      return missing ? problem(`${path}.needs`, otherProfile("job", needed, other)) : [];
    }),
    ...(isInCycle && cycle
      ? problem(
          `${path}.needs`,
          `has a dependency cycle: ${cycle.join(" → ")}; remove one of the dependencies`,
        )
      : []),
  ];
}

/** Problems of the services that a service or job references, and of the folders that these share. */
export function referenceProblems(
  sandbox: Sandbox,
  path: string,
  key: string,
  container: DeclaredService | DeclaredJob,
): readonly Problem[] {
  const others = container.refersTo.filter((other) => other !== key);
  return [
    ...others.flatMap((other) => inactiveReference(sandbox, path, container, other)),
    ...others.flatMap((other) => unreachableReference(sandbox, path, container, other)),
    ...mountConflicts(sandbox, path, key, container),
  ];
}

function inactiveReference(
  sandbox: Sandbox,
  path: string,
  container: ContainerDefinition,
  key: string,
): readonly Problem[] {
  const service = sandbox.services[key];
  if (!service || (service.profiles ?? []).length === 0 || sharesAllProfiles(container, service)) return [];
  return problem(`${path}.env`, otherProfile("service", key, service));
}

function unreachableReference(
  sandbox: Sandbox,
  path: string,
  container: ContainerDefinition,
  key: string,
): readonly Problem[] {
  const service = sandbox.services[key];
  const own = networksOf(sandbox, container);
  const reachable = service ? networksOf(sandbox, service) : [];
  if (reachable.length === 0 || reachable.some((network) => own.includes(network))) return [];
  const names = reachable.map((name) => `"${name}"`).join(" or ");
  return problem(`${path}.networks`, `shares no network with "${key}", which it references; join ${names}`);
}

/** Whether each profile of the one container also activates the other. */
function sharesAllProfiles(one: ContainerDefinition, other: ContainerDefinition): boolean {
  const profiles = one.profiles ?? [];
  return profiles.length > 0 && profiles.every((profile) => other.profiles?.includes(profile));
}

function otherProfile(kind: "service" | "job", key: string, { profiles = [] }: ContainerDefinition): string {
  const names = profiles.map((profile) => `"${profile}"`).join(", ");
  return `${kind} "${key}" is active only with the profile ${names}; add the same profiles`;
}
