import { LABEL } from "../../model/labels.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { allocateSubnets, type Subnet, sharesAddresses, type TakenSubnet } from "../../model/subnets.ts";
import { commandDocker, DockerRefused, deleteOnDocker } from "../api.ts";
import { readNetworks } from "../facts.ts";
import type { DockerHost } from "../host.ts";
import { type DockerNetwork, lowerToDocker } from "../lowering/lower-sandbox.ts";
import type { DockerPlacement } from "../lowering/placement.ts";
import { readReserved } from "../subnet-reservations.ts";
import { takenSubnets } from "../taken-subnets.ts";

/**
 * Places a sandbox in subnets of a pool that are free now.
 * @param refused subnets that are not free, although the engine does not report them. @default none
 * @throws ConfigurationError if the pool has no room
 */
export async function placeFreely(
  engine: DockerHost,
  { networks }: Plan,
  unplaced: Omit<DockerPlacement, "subnets">,
  pool: Subnet,
  refused: readonly TakenSubnet[] = [],
): Promise<DockerPlacement> {
  // The reservations first: a released one is a network by now.
  const reserved = await readReserved(engine, { [LABEL.lease]: unplaced.lease ?? "" });
  const taken = [...takenSubnets(await readNetworks(engine)), ...reserved, ...refused];
  const prefix = `${unplaced.stack}/`;
  const requests = networks.map(({ key, capacity }) => ({ key: prefix + key, containers: capacity }));
  const free = Object.entries(allocateSubnets(pool, requests, taken));
  const subnets = Object.fromEntries(free.map(([key, subnet]) => [key.slice(prefix.length), subnet]));
  return { ...unplaced, subnets };
}

/**
 * Creates the networks of a placed sandbox. The engine creates no two networks that overlap: a network is its
 * own reservation. If another process was quicker, it places them in other subnets of the pool, under the
 * same names.
 * @throws ConfigurationError if the pool has no room
 */
export async function createNetworks(
  engine: DockerHost,
  plan: Plan,
  placement: DockerPlacement,
  pool: Subnet,
): Promise<DockerPlacement> {
  const refused: TakenSubnet[] = [];
  for (let placed = placement; ; placed = await placeFreely(engine, plan, placement, pool, refused)) {
    const conflicts = await createEach(engine, lowerToDocker(plan, placed).networks);
    if (conflicts.length === 0) return placed;
    refused.push(...conflicts);
  }
}

/** Creates all networks or none. Returns the subnets that belong to others. */
async function createEach(
  engine: DockerHost,
  networks: readonly DockerNetwork[],
): Promise<readonly TakenSubnet[]> {
  const ends = await Promise.allSettled(
    networks.map(({ body }) => commandDocker(engine, { method: "POST", path: "/networks/create", body })),
  );
  const failures = ends.flatMap((end) => (end.status === "rejected" ? [end.reason as unknown] : []));
  const conflicts =
    failures.length > 0
      ? networks.filter((_, index) => ends[index]?.status === "rejected").map(subnetOf)
      : await reservedByOthers(engine, networks);
  if (conflicts.length > 0)
    await Promise.all(networks.map(({ body }) => deleteOnDocker(engine, `/networks/${body.Name}`)));
  const other = failures.find((failure) => !isOverlap(failure));
  if (other !== undefined) throw other;
  return conflicts;
}

/**
 * The subnets that a stack has reserved in the meantime. It looks for networks once it has reserved, and this
 * looks for reservations once the networks exist: one of both always sees the other.
 */
async function reservedByOthers(
  engine: DockerHost,
  networks: readonly DockerNetwork[],
): Promise<readonly TakenSubnet[]> {
  const [labels = {}] = networks.map(({ body }) => body.Labels);
  const reserved = await readReserved(engine, labels);
  return networks
    .map(subnetOf)
    .filter(({ subnet }) => reserved.some((other) => sharesAddresses(subnet, other.subnet)));
}

function subnetOf({ body }: DockerNetwork): TakenSubnet {
  return { subnet: body.IPAM.Config[0].Subnet as Subnet, owner: "a network of another process" };
}

function isOverlap(failure: unknown): boolean {
  return failure instanceof DockerRefused && /overlaps/i.test(failure.message);
}
