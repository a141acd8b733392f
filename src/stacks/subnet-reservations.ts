import type Docker from "dockerode";
import { askDocker, callDocker, DockerRefused, readText } from "../docker/api.ts";
import type { DockerHost } from "../docker/host.ts";
import { LABEL, type Labels } from "../model/labels.ts";
import { parseSubnet, type Subnet, smallestSubnets, type TakenSubnet } from "../model/subnets.ts";

/**
 * Reservations of subnets for networks that are about to be made. Each of the smallest subnets is kept by an
 * empty volume named after it: of two that want to make a volume of one name, the engine lets one succeed and
 * shows the other the first one's labels. So the engine itself is the ledger, for whoever uses it and from
 * wherever.
 */
const PREFIX = "nestbox-subnet-";

/** The length of the prefix of the subnets that volumes stand for, as {@link smallestSubnets} gives them. */
const ENDING = "/28";

/** A volume that keeps a subnet, and whose it is. */
interface Reservation {
  readonly subnet: Subnet;
  readonly labels: Labels;
}

/**
 * The subnets that others keep, and the owners' stacks. What a dead process of our own owner has left is
 * removed.
 */
export async function readReserved(engine: DockerHost, own: Labels): Promise<readonly TakenSubnet[]> {
  const reservations = await readReservations(engine);
  const left = reservations.filter(({ labels }) => isOwners(labels, own) && !isSame(labels, own));
  for (const { subnet } of left) await release(engine, subnet);
  return reservations
    .filter(({ labels }) => !isOwners(labels, own))
    .map(({ subnet, labels }) => ({ subnet, owner: `a network that stack ${labels[LABEL.stack]} makes` }));
}

/**
 * Keeps subnets for us. Gives whether all of them are ours; otherwise none is kept.
 * @param own tells whose they are by {@link LABEL.owner} and {@link LABEL.process}
 */
export async function reserveSubnets(
  engine: DockerHost,
  subnets: readonly Subnet[],
  own: Labels,
): Promise<boolean> {
  const labels = { ...own, [LABEL.kind]: "reservation" };
  const kept: Subnet[] = [];
  // Everybody takes them in the same order, one by one: of those who want the same ones, somebody always gets
  // all.
  for (const part of subnets.flatMap(smallestSubnets).sort(byAddress)) {
    const body = { Name: nameOf(part), Labels: labels };
    const answer = await readText(
      await callDocker(engine, { method: "POST", path: "/volumes/create", body }),
    );
    const { Labels: found } = JSON.parse(answer) as { readonly Labels: Labels | null };
    if (!isSame(found ?? {}, own)) {
      await Promise.all(kept.map((ours) => release(engine, ours)));
      return false;
    }
    kept.push(part);
  }
  return true;
}

/** Gives subnets back, once the engine has the networks or nobody wants them. */
export async function releaseSubnets(engine: DockerHost, subnets: readonly Subnet[]): Promise<void> {
  await Promise.all(subnets.flatMap(smallestSubnets).map((subnet) => release(engine, subnet)));
}

async function readReservations(engine: DockerHost): Promise<readonly Reservation[]> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`${LABEL.kind}=reservation`] }));
  const { Volumes: volumes } = await askDocker<{
    readonly Volumes: readonly Docker.VolumeInspectInfo[] | null;
  }>(engine, `/volumes?filters=${filters}`);
  return (volumes ?? []).map(({ Name, Labels }) => ({
    subnet: `${Name.slice(PREFIX.length)}${ENDING}` as Subnet,
    labels: Labels ?? {},
  }));
}

async function release(engine: DockerHost, subnet: Subnet): Promise<void> {
  try {
    await readText(await callDocker(engine, { method: "DELETE", path: `/volumes/${nameOf(subnet)}` }));
  } catch (error) {
    if (!(error instanceof DockerRefused) || error.status !== 404) throw error;
  }
}

function nameOf(subnet: Subnet): string {
  return `${PREFIX}${subnet.slice(0, -ENDING.length)}`;
}

function byAddress(one: Subnet, other: Subnet): number {
  return (parseSubnet(one)?.first ?? 0) - (parseSubnet(other)?.first ?? 0);
}

function isOwners(labels: Labels, own: Labels): boolean {
  return labels[LABEL.owner] === own[LABEL.owner];
}

function isSame(labels: Labels, own: Labels): boolean {
  return isOwners(labels, own) && labels[LABEL.process] === own[LABEL.process];
}
