import { detachedNetworks } from "../docker/detached-networks.ts";
import type { EngineFacts, ExistingContainer } from "../docker/facts.ts";
import type { DockerPlacement } from "../docker/lowering/placement.ts";
import { type Duration, parseDuration } from "../model/duration.ts";
import { LABEL, type Labels } from "../model/labels.ts";
import type { PlaceNetwork } from "../model/plan/place-network.ts";
import type { Plan } from "../model/plan/plan.ts";
import { allocateSubnets, parseSubnet, type Subnet, type TakenSubnet } from "../model/subnets.ts";
import { ownerOf, type StackIdentity } from "./stack-identity.ts";
import type { StackSettings } from "./stack-settings.ts";

/** The inputs of a stack's placements. */
export interface StackRequest {
  readonly identity: StackIdentity;
  readonly plans: readonly Plan[];
  readonly settings: StackSettings;
  readonly network: PlaceNetwork;
  /** The facts about the engine: an existing network keeps its subnet, a failed service is replaced. */
  readonly facts: EngineFacts;
  /** Subnets that other stacks have reserved for networks to come. @default none */
  readonly reserved?: readonly TakenSubnet[];
  readonly now: Date;
}

/**
 * The placement of each plan of a stack, in the same order. Pure.
 * @throws ConfigurationError if the subnet pool has no room
 */
export function placeStack({
  identity,
  plans,
  settings,
  network,
  facts,
  reserved = [],
  now,
}: StackRequest): readonly DockerPlacement[] {
  const owner = ownerOf(identity);
  const subnets = subnetsFor(owner, identity.stack, plans, settings.subnetPool, facts, reserved);
  return plans.map((plan) => ({
    owner,
    project: identity.project,
    stack: identity.stack,
    ...(settings.branch !== undefined && { branch: settings.branch }),
    created: `${now.toISOString().slice(0, 19)}Z`,
    timeToLive: settings.timeToLive,
    ...firstLabelled(owner, plan, facts),
    subnets: Object.fromEntries(
      plan.networks.flatMap(({ key }) => {
        const subnet = subnets[subnetKey(identity.stack, plan.sandbox, key)];
        return subnet === undefined ? [] : [[key, subnet]];
      }),
    ),
    privilegedImages: settings.privilegedImages,
    attempts: attemptsOf(owner, plan, facts),
    network,
  }));
}

/** The key of a network among all networks of a pool. */
function subnetKey(stack: string, sandbox: string, network: string): string {
  return `${stack}/${sandbox}/${network}`;
}

/** The subnets of all networks: existing networks keep theirs, new ones get free subnets. */
function subnetsFor(
  owner: string,
  stack: string,
  plans: readonly Plan[],
  pool: Subnet,
  { networks, routes }: EngineFacts,
  reserved: readonly TakenSubnet[],
): Readonly<Record<string, Subnet>> {
  const kept = Object.fromEntries(
    networks.flatMap(({ labels, subnets: [subnet] }) => {
      const key = subnetKey(stack, labels[LABEL.sandbox] ?? "", labels[LABEL.part] ?? "");
      return labels[LABEL.owner] === owner && subnet ? [[key, subnet] as const] : [];
    }),
  );
  const requests = plans
    .flatMap((plan) =>
      plan.networks.map(({ key, capacity }) => ({
        key: subnetKey(stack, plan.sandbox, key),
        containers: capacity,
      })),
    )
    .filter(({ key }) => !kept[key]);
  if (requests.length === 0) return kept;
  const existing = networks.flatMap(({ name, subnets }) =>
    subnets.map((subnet) => ({ subnet, owner: `network ${name}` })),
  );
  const taken = [...existing, ...reserved, ...foreignRoutes(existing, routes)];
  return { ...kept, ...allocateSubnets(pool, requests, taken) };
}

/** The routes outside the engine's networks. */
function foreignRoutes(networks: readonly TakenSubnet[], routes: readonly Subnet[]): readonly TakenSubnet[] {
  const known = networks.flatMap(({ subnet }) => parseSubnet(subnet) ?? []);
  return routes
    .filter((route) => {
      const range = parseSubnet(route);
      return range && !known.some(({ first, last }) => first <= range.first && range.last <= last);
    })
    .map((subnet) => ({ subnet, owner: "a route of this machine" }));
}

/**
 * The labels of a sandbox from its first creation. Changing a label forces replacement, so a changed time to
 * live goes to the stack's lease alone.
 */
function firstLabelled(
  owner: string,
  plan: Plan,
  { networks }: EngineFacts,
): Partial<Pick<DockerPlacement, "created" | "timeToLive">> {
  const [first = {}] = networks
    .map(({ labels }) => labels)
    .filter((labels) => belongs(labels, owner, plan))
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
  owner: string,
  plan: Plan,
  { containers, networks }: EngineFacts,
): Readonly<Record<string, number>> {
  return Object.fromEntries(
    containers.flatMap((container) => {
      const { labels } = container;
      if (!belongs(labels, owner, plan) || labels[LABEL.kind] !== "service") return [];
      const key = labels[LABEL.part] ?? "";
      const attempt = Number(labels[LABEL.attempt] ?? 0);
      const service = plan.services.find((planned) => planned.key === key);
      if (service === undefined) return [];
      const completes = service.completesWithin !== undefined;
      const isDetached = detachedNetworks(container, service.networks, networks).length > 0;
      const isBroken = hasFailed(container, completes) || (isDetached && !completes);
      return [[key, isBroken ? attempt + 1 : attempt] as const];
    }),
  );
}

function hasFailed({ running, health, exitCode }: ExistingContainer, completes: boolean): boolean {
  if (completes) return !running && exitCode !== 0;
  // Starting: an earlier operation gave up waiting for it.
  return !running || health === "unhealthy" || health === "starting";
}

function belongs(labels: Labels, owner: string, { sandbox }: Plan): boolean {
  return labels[LABEL.owner] === owner && labels[LABEL.sandbox] === sandbox;
}
