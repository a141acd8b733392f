import { sharedMountPoints } from "./check-clashes.ts";
import { problem, unknown } from "./check-values.ts";
import type { DeclaredJob, Sandbox } from "./declaration.ts";
import { networksOf } from "./joined-networks.ts";
import type { Problem } from "./problem.ts";
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
    return missing ? problem(`${path}.after.${needed}`, otherProfile(needed, other)) : [];
  });
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
  return problem(`${path}.env`, otherProfile(key, service));
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

/** Whenever the one is active, the other is too: it has no profile, or each profile of the one activates it. */
function sharesAllProfiles(one: ContainerDefinition, other: ContainerDefinition): boolean {
  const profiles = one.profiles ?? [];
  return profiles.length > 0 && profiles.every((profile) => other.profiles?.includes(profile));
}

function otherProfile(key: string, { profiles = [] }: ContainerDefinition): string {
  const names = profiles.map((profile) => `"${profile}"`).join(", ");
  return `service "${key}" belongs to the profile ${names} and may not be there; give this one the same profiles`;
}
