import type { Plan, PlannedContainer, PlannedService } from "../../model/plan/plan.ts";
import type { Condition } from "../../model/start-order.ts";
import { helperContainer } from "./helper-container.ts";
import type { PlacedPlan } from "./kubernetes-placement.ts";
import type { PodContainer } from "./manifest.ts";
import { serviceNames } from "./service-names.ts";

/** kube-proxy writes the routes to a pod up to a second after the pod is ready. */
const ROUTE_TRIES = 30;

/**
 * The init container that waits until the Services of other services have endpoints, which are ready pods.
 * None if there is no service to wait for.
 * @param areReady whether they are ready, so that only this node's routes to them may be missing
 */
export function waitingContainers(
  { plan, placement }: PlacedPlan,
  container: PlannedContainer,
  others: readonly PlannedService[],
  areReady = false,
): readonly PodContainer[] {
  const commands = others
    .flatMap((other) => reachableAddress(plan, container, other) ?? [])
    // Each BusyBox has -e, not each has -z: the connection is all that is asked for.
    .map(({ host, port }) => `nc -w 1 ${host} ${port} -e true 2>/dev/null`)
    .map((connects) =>
      areReady
        ? `for try in $(seq ${ROUTE_TRIES}); do ${connects} && break; sleep 0.1; done`
        : `until ${connects}; do sleep 0.1; done`,
    );
  return commands.length === 0 ? [] : [helperContainer("wait", commands.join("\n"), placement, container)];
}

/**
 * The services that must be ready or completed before a service is created, since no init container of it can
 * wait for them.
 */
export function createdAfter(plan: Plan, service: PlannedService): Readonly<Record<string, Condition>> {
  return Object.fromEntries(
    dependencies(plan, service)
      .filter((other) => other.probe?.kind === "log" || reachableAddress(plan, service, other) === undefined)
      .map(({ key }) => [key, service.after[key] ?? "ready"]),
  );
}

export function dependencies(plan: Plan, { after }: PlannedService): readonly PlannedService[] {
  return plan.services.filter(({ key }) => Object.hasOwn(after, key));
}

/**
 * The address at which a container reaches a service once it is ready. Undefined for one that completes, has
 * no port or no name, or shares no network with the container.
 */
function reachableAddress(
  plan: Plan,
  { networks }: PlannedContainer,
  other: PlannedService,
): { readonly host: string; readonly port: number } | undefined {
  const [host] = serviceNames(plan, other);
  const [port] = other.ports;
  const shared = other.networks.some((network) => networks.includes(network));
  if (other.completesWithin !== undefined || host === undefined || port === undefined || !shared)
    return undefined;
  return { host, port };
}
