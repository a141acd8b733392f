import type { EngineFacts, ExistingContainer } from "../docker/facts.ts";
import { lostNetworks } from "../docker/lost-networks.ts";
import { type Duration, parseDuration } from "../model/duration.ts";
import { networksOf } from "../model/joined-networks.ts";
import { LABEL, type Labels } from "../model/labels.ts";
import { base36Digest } from "../model/names.ts";
import type { Plan } from "../model/plan.ts";
import { networkSubnetKey, resolve, subnetRequests } from "../model/resolve.ts";
import type { Sandbox } from "../model/sandbox.ts";
import { allocateSubnets, parseSubnet, type Subnet, type TakenSubnet } from "../model/subnets.ts";
import type { Surroundings } from "../model/surroundings.ts";
import type { Machine } from "./machine.ts";
import type { StackSettings } from "./settings.ts";

/**
 * Which stack it is, and where its state is kept: two checkouts may both have a stack `dev` on one engine.
 */
export interface StackIdentity {
  readonly project: string;
  readonly stack: string;
  /** The Pulumi backend's URL, or undefined for the one that the Pulumi CLI is logged in to. */
  readonly backend?: string | undefined;
}

/** The labels by which all that a stack owns is known, its life too. */
export function stackLabels(identity: StackIdentity, { branch }: Pick<StackSettings, "branch">): Labels {
  return {
    [LABEL.owner]: ownerOf(identity),
    [LABEL.project]: identity.project,
    [LABEL.stack]: identity.stack,
    ...(branch !== undefined && { [LABEL.branch]: branch }),
  };
}

/** All that the plans of a stack follow from. */
export interface StackRequest {
  readonly identity: StackIdentity;
  readonly sandboxes: readonly Sandbox[];
  readonly settings: StackSettings;
  readonly machine: Machine;
  /** What is on the engine: a network that exists keeps its subnet, and what fails is made again. */
  readonly facts: EngineFacts;
  /** Subnets that others are about to use, though the engine has no network there yet. @default none */
  readonly reserved?: readonly TakenSubnet[];
  readonly now: Date;
}

/** The label value by which a stack finds what is its own. */
export function ownerOf({ project, stack, backend = "" }: StackIdentity): string {
  return `${project}/${stack}/${base36Digest(backend, 6)}`;
}

/**
 * The plan of each sandbox of a stack. A pure function.
 * @throws ConfigurationError when the subnet pool has no room or a declaration asks for what is not allowed
 */
export function planStack({
  identity,
  sandboxes,
  settings,
  machine,
  facts,
  reserved = [],
  now,
}: StackRequest): readonly Plan[] {
  const owner = ownerOf(identity);
  const subnets = subnetsFor(owner, identity.stack, sandboxes, settings.subnetPool, facts, reserved);
  return sandboxes.map((sandbox) =>
    resolve(sandbox, {
      owner,
      project: identity.project,
      stack: identity.stack,
      ...(settings.branch !== undefined && { branch: settings.branch }),
      profiles: settings.profiles,
      created: `${now.toISOString().slice(0, 19)}Z`,
      timeToLive: settings.timeToLive,
      ...firstSaid(owner, sandbox, facts),
      subnets,
      privilegedImages: settings.privilegedImages,
      attempts: attemptsOf(owner, sandbox, facts),
      ...machine,
    }),
  );
}

/** The networks that exist keep their subnets; the others get what is free. */
function subnetsFor(
  owner: string,
  stack: string,
  sandboxes: readonly Sandbox[],
  pool: Subnet,
  { networks, routes }: EngineFacts,
  reserved: readonly TakenSubnet[],
): Readonly<Record<string, Subnet>> {
  const kept = Object.fromEntries(
    networks.flatMap(({ labels, subnets: [subnet] }) => {
      const key = networkSubnetKey(stack, labels[LABEL.sandbox] ?? "", labels[LABEL.part] ?? "");
      return labels[LABEL.owner] === owner && subnet ? [[key, subnet] as const] : [];
    }),
  );
  const requests = sandboxes
    .flatMap((sandbox) => subnetRequests(sandbox, stack))
    .filter(({ key }) => !kept[key]);
  if (requests.length === 0) return kept;
  const ofNetworks = networks.flatMap(({ name, subnets }) =>
    subnets.map((subnet) => ({ subnet, owner: `network ${name}` })),
  );
  const taken = [...ofNetworks, ...reserved, ...besides(ofNetworks, routes)];
  return { ...kept, ...allocateSubnets(pool, requests, taken) };
}

/** The routes but for those that networks of the engine have brought with them. */
function besides(networks: readonly TakenSubnet[], routes: readonly Subnet[]): readonly TakenSubnet[] {
  const known = networks.flatMap(({ subnet }) => parseSubnet(subnet) ?? []);
  return routes
    .filter((route) => {
      const range = parseSubnet(route);
      return range && !known.some(({ first, last }) => first <= range.first && range.last <= last);
    })
    .map((subnet) => ({ subnet, owner: "a route of this machine" }));
}

/**
 * What the labels of a sandbox have said since it was first made. Another label would be another container: a
 * changed time to live is told by the stack's life instead.
 */
function firstSaid(
  owner: string,
  sandbox: Sandbox,
  { networks }: EngineFacts,
): Partial<Pick<Surroundings, "created" | "timeToLive">> {
  const [first = {}] = networks
    .map(({ labels }) => labels)
    .filter((labels) => belongs(labels, owner, sandbox))
    .sort((one, other) => ((one[LABEL.created] ?? "") < (other[LABEL.created] ?? "") ? -1 : 1));
  const { [LABEL.created]: created, [LABEL.timeToLive]: said } = first;
  const timeToLive = said === "never" || parseDuration(said ?? "") !== undefined ? said : undefined;
  return {
    ...(created !== undefined && { created }),
    ...(timeToLive !== undefined && { timeToLive: timeToLive as Duration | "never" }),
  };
}

/**
 * How often each service has had to be made again. Pulumi sees no difference between a container that works
 * and one that has failed, been stopped or been taken off a network since; a label that counts up makes it
 * replace the latter.
 */
function attemptsOf(
  owner: string,
  sandbox: Sandbox,
  { containers, networks }: EngineFacts,
): Readonly<Record<string, number>> {
  return Object.fromEntries(
    containers.flatMap((container) => {
      const { labels } = container;
      if (!belongs(labels, owner, sandbox) || labels[LABEL.kind] !== "service") return [];
      const key = labels[LABEL.part] ?? "";
      const attempt = Number(labels[LABEL.attempt] ?? 0);
      const service = sandbox.services[key];
      if (service === undefined) return [];
      const isCutOff = lostNetworks(container, networksOf(sandbox, service), networks).length > 0;
      const isBroken = hasFailed(container, service.runsOnce ?? false) || (isCutOff && !service.runsOnce);
      return [[key, isBroken ? attempt + 1 : attempt] as const];
    }),
  );
}

function hasFailed({ running, health, exitCode }: ExistingContainer, runsOnce: boolean): boolean {
  if (runsOnce) return !running && exitCode !== 0;
  // One that still starts was left behind by an operation that had waited for it in vain.
  return !running || health === "unhealthy" || health === "starting";
}

function belongs(labels: Labels, owner: string, sandbox: Sandbox): boolean {
  return labels[LABEL.owner] === owner && labels[LABEL.sandbox] === sandbox.name;
}
