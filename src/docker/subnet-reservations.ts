import { LABEL, type Labels } from "../model/labels.ts";
import { parseSubnet, type Subnet, smallestSubnets, type TakenSubnet } from "../model/subnets.ts";
import { isHeld, readLeases } from "../ownership/lease.ts";
import { createEmptyVolume, removeVolume } from "./empty-volume.ts";
import type { DockerHost } from "./host.ts";
import { leaseVolumes } from "./lease-volumes.ts";
import { listVolumes } from "./listing.ts";

/**
 * The prefix of the names of reservations: an empty volume for each of the smallest subnets. The engine
 * creates a volume of one name once, and answers a second request with the labels of the first.
 */
const PREFIX = "nestbox-subnet-";

/** The prefix length of the smallest subnets, see {@link smallestSubnets}. */
const ENDING = "/28";

/** The subnets that other leases reserve. Reservations of expired leases are removed. */
export async function readReserved(engine: DockerHost, own: Labels): Promise<readonly TakenSubnet[]> {
  // The reservations first: a lease is there before its reservations.
  const volumes = await listVolumes(engine, { label: [`${LABEL.kind}=reservation`] });
  if (volumes.length === 0) return [];
  const reservations = volumes.map(({ Name, Labels }) => ({
    subnet: `${Name.slice(PREFIX.length)}${ENDING}` as Subnet,
    labels: Labels ?? {},
  }));
  const store = leaseVolumes(engine);
  const [leases, now] = await Promise.all([readLeases(store), store.now()]);
  const held = new Set(leases.filter((lease) => isHeld(lease, now)).map(({ id }) => id));
  const isTaken = (labels: Labels) => held.has(labels[LABEL.lease] ?? "");
  for (const { subnet, labels } of reservations) if (!isTaken(labels)) await release(engine, subnet);
  return reservations
    .filter(({ labels }) => isTaken(labels) && !isSame(labels, own))
    .map(({ subnet, labels }) => ({ subnet, owner: `a network that stack ${labels[LABEL.stack]} creates` }));
}

/**
 * Keeps subnets for us. Gives whether all of them are ours; otherwise none is kept.
 * @param own the owner labels and the lease
 */
export async function reserveSubnets(
  engine: DockerHost,
  subnets: readonly Subnet[],
  own: Labels,
): Promise<boolean> {
  const labels = { ...own, [LABEL.kind]: "reservation" };
  const reserved: Subnet[] = [];
  // One by one and sorted: of the processes that want the same subnets, one always gets all.
  for (const part of subnets.flatMap(smallestSubnets).sort(byAddress)) {
    const found = await createEmptyVolume(engine, nameOf(part), labels);
    if (!isSame(found, own)) {
      await Promise.all(reserved.map((subnet) => release(engine, subnet)));
      return false;
    }
    reserved.push(part);
  }
  return true;
}

export async function releaseSubnets(engine: DockerHost, subnets: readonly Subnet[]): Promise<void> {
  await Promise.all(subnets.flatMap(smallestSubnets).map((subnet) => release(engine, subnet)));
}

function release(engine: DockerHost, subnet: Subnet): Promise<boolean> {
  return removeVolume(engine, nameOf(subnet));
}

function nameOf(subnet: Subnet): string {
  return `${PREFIX}${subnet.slice(0, -ENDING.length)}`;
}

function byAddress(one: Subnet, other: Subnet): number {
  return (parseSubnet(one)?.first ?? 0) - (parseSubnet(other)?.first ?? 0);
}

function isSame(labels: Labels, own: Labels): boolean {
  return labels[LABEL.lease] === own[LABEL.lease];
}
