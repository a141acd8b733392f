import { detachedNetworks } from "../docker/detached-networks.ts";
import type { EngineFacts, ExistingContainer } from "../docker/facts.ts";
import type { DockerPlacement } from "../docker/lowering/placement.ts";
import { takenSubnets } from "../docker/taken-subnets.ts";
import { type Duration, parseDuration } from "../model/duration.ts";
import { type ComponentIdentity, isPartOf, LABEL } from "../model/labels.ts";
import type { PlaceNetwork } from "../model/plan/place-network.ts";
import type { Plan } from "../model/plan/plan.ts";
import { allocateSubnets, type Subnet, type TakenSubnet } from "../model/subnets.ts";
import { isoSeconds } from "../ownership/ownership.ts";
import { ownerOf, type StackIdentity, stackOwnership } from "./stack-identity.ts";
import type { StackSettings } from "./stack-settings.ts";

/** A sandbox to place, for a component of the stack. */
export interface ComponentRequest {
  readonly component: string;
  readonly plan: Plan;
  /** @default the stack's */
  readonly subnetPool?: Subnet;
  /** @default the stack's */
  readonly privilegedImages?: readonly string[];
}

/** The inputs of a stack's placements. */
export interface StackRequest {
  readonly identity: StackIdentity;
  readonly components: readonly ComponentRequest[];
  readonly settings: StackSettings;
  readonly network: PlaceNetwork;
  /** The facts about the engine: an existing network keeps its subnet, a failed service is replaced. */
  readonly facts: EngineFacts;
  /** Subnets that other stacks have reserved for networks to come. @default none */
  readonly reserved?: readonly TakenSubnet[];
  readonly now: Date;
}

/** The requests of a stack whose components are named after their sandboxes, as `bringUp` names them. */
export function componentsOf(plans: readonly Plan[]): readonly ComponentRequest[] {
  return plans.map((plan) => ({ component: plan.sandbox, plan }));
}

/**
 * The placement of each component of a stack, in the same order. Pure.
 * @throws ConfigurationError if the subnet pool has no room
 */
export function placeStack({
  identity,
  components,
  settings,
  network,
  facts,
  reserved = [],
  now,
}: StackRequest): readonly DockerPlacement[] {
  const owner = ownerOf(identity);
  const wanted = components.map((request) => ({ subnetPool: settings.subnetPool, ...request }));
  const subnets = subnetsFor(owner, identity.stack, wanted, facts, reserved);
  return components.map(({ component, plan, privilegedImages = settings.privilegedImages }) => ({
    ...stackOwnership(identity, settings, isoSeconds(now)),
    component,
    ...firstLabelled({ owner, component }, facts),
    subnets: Object.fromEntries(
      plan.networks.map(({ key }) => [key, subnets[subnetKey(identity.stack, component, key)] as Subnet]),
    ),
    privilegedImages,
    attempts: attemptsOf({ owner, component }, plan, facts),
    network,
  }));
}

/** The key of a network among all networks of a pool. */
function subnetKey(stack: string, component: string, network: string): string {
  return `${stack}/${component}/${network}`;
}

/** The subnets of all networks: existing networks keep theirs, new ones get free subnets. */
function subnetsFor(
  owner: string,
  stack: string,
  components: readonly (ComponentRequest & { readonly subnetPool: Subnet })[],
  facts: EngineFacts,
  reserved: readonly TakenSubnet[],
): Readonly<Record<string, Subnet>> {
  const kept = Object.fromEntries(
    facts.networks.flatMap(({ labels, subnets: [subnet] }) => {
      const key = subnetKey(stack, labels[LABEL.component] ?? "", labels[LABEL.part] ?? "");
      return labels[LABEL.owner] === owner && subnet ? [[key, subnet] as const] : [];
    }),
  );
  const requests = components
    .flatMap(({ component, plan, subnetPool }) =>
      plan.networks.map(({ key, capacity }) => ({
        key: subnetKey(stack, component, key),
        containers: capacity,
        subnetPool,
      })),
    )
    .filter(({ key }) => !kept[key]);
  const taken = [...takenSubnets(facts), ...reserved];
  let allocated: Readonly<Record<string, Subnet>> = {};
  for (const [pool, ofPool] of Map.groupBy(requests, ({ subnetPool }) => subnetPool)) {
    // Pools may overlap.
    const before = Object.entries(allocated).map(([owner, subnet]) => ({ subnet, owner }));
    allocated = { ...allocated, ...allocateSubnets(pool, ofPool, [...taken, ...before]) };
  }
  return { ...kept, ...allocated };
}

/**
 * The labels of a sandbox from its first creation. Changing a label forces replacement, so a changed time to
 * live goes to the stack's lease alone.
 */
function firstLabelled(
  identity: ComponentIdentity,
  { networks }: EngineFacts,
): Partial<Pick<DockerPlacement, "created" | "timeToLive">> {
  const [first = {}] = networks
    .map(({ labels }) => labels)
    .filter((labels) => isPartOf(identity, labels))
    .sort((one, other) => ((one[LABEL.created] ?? "") < (other[LABEL.created] ?? "") ? -1 : 1));
  const { [LABEL.created]: created, [LABEL.timeToLive]: text } = first;
  const timeToLive = text === "never" || parseDuration(text ?? "") !== undefined ? text : undefined;
  return {
    ...(created !== undefined && { created }),
    ...(timeToLive !== undefined && { timeToLive: timeToLive as Duration | "never" }),
  };
}

/**
 * The number of replacements of each service, by key. Pulumi does not detect that a container failed, was
 * stopped or disconnected: a higher number in its label forces replacement.
 */
function attemptsOf(
  identity: ComponentIdentity,
  plan: Plan,
  { containers, networks }: EngineFacts,
): Readonly<Record<string, number>> {
  return Object.fromEntries(
    containers.flatMap((container) => {
      const { labels } = container;
      const service = plan.services.find(({ key }) => key === labels[LABEL.part]);
      if (!isPartOf(identity, labels) || labels[LABEL.kind] !== "service" || !service) return [];
      const attempt = Number(labels[LABEL.attempt] ?? 0);
      const completes = service.completesWithin !== undefined;
      const isDetached = detachedNetworks(container, service.networks, networks).length > 0;
      const isBroken = hasFailed(container, completes) || (isDetached && !completes);
      return [[service.key, isBroken ? attempt + 1 : attempt] as const];
    }),
  );
}

function hasFailed({ running, health, exitCode }: ExistingContainer, completes: boolean): boolean {
  if (completes) return !running && exitCode !== 0;
  // Starting: an earlier operation gave up waiting for it.
  return !running || health === "unhealthy" || health === "starting";
}
