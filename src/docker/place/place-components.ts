import { type Duration, parseDuration } from "../../model/duration.ts";
import { type ComponentIdentity, isPartOf, LABEL } from "../../model/labels.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { allocateSubnets, hasRoom, type Subnet, type TakenSubnet } from "../../model/subnets.ts";
import type { Ownership } from "../../ownership/ownership.ts";
import { detachedNetworks } from "../detached-networks.ts";
import type { EngineFacts, ExistingContainer } from "../facts.ts";
import type { DockerPlacement, MountedFolders } from "../lowering/placement.ts";
import { takenSubnets } from "../taken-subnets.ts";
import type { EngineConnection } from "./connection.ts";

/** A sandbox to place, for a component of its owner. */
export interface ComponentRequest {
  readonly component: string;
  readonly plan: Plan;
  /** @default the owner's */
  readonly subnetPool?: Subnet;
  /** @default the owner's */
  readonly privilegedImages?: readonly string[];
  /** The real paths of the project's folders that its services mount. @default none */
  readonly mountedFolders?: MountedFolders;
}

/** The inputs of the placements of an owner's components. */
export interface PlacingRequest<Components = readonly ComponentRequest[]>
  extends Pick<EngineConnection, "subnetPool" | "privilegedImages" | "network"> {
  /** `created` and `timeToLive` count for new sandboxes. */
  readonly ownership: Ownership;
  readonly components: Components;
  /** The facts about the engine: an existing network keeps its subnet, a failed service is replaced. */
  readonly facts: EngineFacts;
  /** The address of the engine's machine that ports are bound to. @default its loopback */
  readonly publishedAt?: string;
  /** Subnets that others have reserved for networks to come. @default none */
  readonly reserved?: readonly TakenSubnet[];
}

/** The requests of components that are named after their sandboxes. */
export function componentsOf(plans: readonly Plan[]): readonly ComponentRequest[] {
  return plans.map((plan) => ({ component: plan.sandbox, plan }));
}

/** One placement for each component, in the same order. */
export type Placements<Components> = { readonly [Index in keyof Components]: DockerPlacement };

/**
 * The placement of each component of an owner, in the same order. Pure.
 * @throws ConfigurationError if the subnet pool has no room
 */
export function placeComponents<const Components extends readonly ComponentRequest[]>(
  request: PlacingRequest<Components>,
): Placements<Components> {
  const { ownership, components, network, facts, publishedAt } = request;
  const { owner, stack } = ownership;
  const subnets = subnetsFor(request);
  const placements = components.map(({ component, plan, mountedFolders, ...own }) => ({
    ...ownership,
    component,
    ...firstLabelled({ owner, component }, facts),
    subnets: Object.fromEntries(
      plan.networks.map(({ key }) => [key, subnets[subnetKey(stack, component, key)] as Subnet]),
    ),
    privilegedImages: own.privilegedImages ?? request.privilegedImages,
    ...(mountedFolders && { mountedFolders }),
    attempts: attemptsOf({ owner, component }, plan, facts),
    ...(facts.isPodman && { isPodman: true }),
    network,
    ...(publishedAt !== undefined && { publishedAt }),
  }));
  return placements as unknown as Placements<Components>;
}

/** The key of a network among all networks of a pool. */
function subnetKey(stack: string, component: string, network: string): string {
  return `${stack}/${component}/${network}`;
}

/** The subnets of all networks: existing networks keep theirs if it has room, new ones get free subnets. */
function subnetsFor({
  ownership: { owner, stack },
  components,
  subnetPool: usualPool,
  facts,
  reserved = [],
}: PlacingRequest): Readonly<Record<string, Subnet>> {
  const existing = Object.fromEntries(
    facts.networks.flatMap(({ labels, subnets: [subnet] }) => {
      const key = subnetKey(stack, labels[LABEL.component] ?? "", labels[LABEL.part] ?? "");
      return labels[LABEL.owner] === owner && subnet ? [[key, subnet] as const] : [];
    }),
  );
  const wanted = components.flatMap(({ component, plan, subnetPool = usualPool }) =>
    plan.networks.map(({ key, capacity }) => ({
      key: subnetKey(stack, component, key),
      containers: capacity,
      subnetPool,
    })),
  );
  const isKept = ({ key, containers }: (typeof wanted)[number]) => {
    const subnet = existing[key];
    return subnet !== undefined && hasRoom(subnet, containers);
  };
  const kept = Object.fromEntries(
    wanted.filter(isKept).map(({ key }) => [key, existing[key] as Subnet] as const),
  );
  const requests = wanted.filter((request) => !isKept(request));
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

/** Whether a container of a service is to be replaced because of its state. */
export function hasFailed({ running, health, exitCode }: ExistingContainer, completes: boolean): boolean {
  if (completes) return !running && exitCode !== 0;
  // Starting: an earlier operation gave up waiting for it.
  return !running || health === "unhealthy" || health === "starting";
}
