import type { Problem } from "../problem.ts";
import { findCycle } from "../start-order.ts";
import { sharedMountPoints } from "./check-clashes.ts";
import { listedTwice, problem, unknown } from "./check-values.ts";
import type { DeclaredJob, Sandbox } from "./declaration.ts";
import { networksOf } from "./joined-networks.ts";
import type { ContainerDefinition, DeclaredService, Service } from "./service.ts";

/** What is wrong with what a service waits for. */
export function afterProblems(sandbox: Sandbox, path: string, service: Service): readonly Problem[] {
  return Object.entries(service.after ?? {}).flatMap(([needed, condition]) => {
    const other = Object.hasOwn(sandbox.services, needed) ? sandbox.services[needed] : undefined;
    if (!other) return unknown(`${path}.after`, "service", needed, Object.keys(sandbox.services));
    if (condition !== "ready" && condition !== "completed") {
      return problem(`${path}.after.${needed}`, `"${condition}" is neither "ready" nor "completed"`);
    }
    if (condition === "completed" && !other.runsOnce) {
      return problem(
        `${path}.after.${needed}`,
        `"${needed}" never completes; give it runsOnce: true, or wait until it is "ready"`,
      );
    }
    if (condition === "ready" && other.runsOnce) {
      return problem(`${path}.after.${needed}`, `"${needed}" runs once; wait until it is "completed"`);
    }
    const missing = (other.profiles ?? []).length > 0 && !sharesAllProfiles(service, other);
    return missing ? problem(`${path}.after.${needed}`, otherProfile("service", needed, other)) : [];
  });
}

/** What is wrong with the jobs that a job needs. */
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
    ...listedTwice(`${path}.needs`, needs),
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
      ? problem(`${path}.needs`, `waits in a circle: ${cycle.join(" → ")}; remove one of these`)
      : []),
  ];
}

/** What is wrong with what a service or job refers to, and with the folders that it gets to see by that. */
export function references(
  sandbox: Sandbox,
  path: string,
  key: string,
  container: DeclaredService | DeclaredJob,
): readonly Problem[] {
  const others = container.refersTo.filter((other) => other !== key);
  return [
    ...others.flatMap((other) => inactiveReference(sandbox, path, container, other)),
    ...others.flatMap((other) => unreachableReference(sandbox, path, container, other)),
    ...sharedMountPoints(sandbox, path, key, container),
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
  return problem(
    `${path}.networks`,
    `shares no network with "${key}", which it refers to; join ${reachable.map((name) => `"${name}"`).join(" or ")}`,
  );
}

/**
 * Whenever the one is active, the other is too: it has no profile, or each profile of the one activates it.
 */
function sharesAllProfiles(one: ContainerDefinition, other: ContainerDefinition): boolean {
  const profiles = one.profiles ?? [];
  return profiles.length > 0 && profiles.every((profile) => other.profiles?.includes(profile));
}

function otherProfile(kind: "service" | "job", key: string, { profiles = [] }: ContainerDefinition): string {
  const names = profiles.map((profile) => `"${profile}"`).join(", ");
  return `${kind} "${key}" belongs to the profile ${names} and may not be there; give this one the same profiles`;
}
