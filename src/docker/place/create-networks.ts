import { LABEL } from "../../model/labels.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { type Subnet, sharesAddresses, type TakenSubnet } from "../../model/subnets.ts";
import { type Timed, timed } from "../../timings/timings.ts";
import { commandDocker, DockerRefused, deleteOnDocker } from "../api.ts";
import { NO_FACTS, readNetworks } from "../facts.ts";
import type { DockerHost } from "../host.ts";
import { type DockerNetwork, lowerToDocker } from "../lowering/lower-sandbox.ts";
import type { DockerPlacement } from "../lowering/placement.ts";
import { readReserved } from "../subnet-reservations.ts";
import { type ComponentRequest, type PlacingRequest, placeComponents } from "./place-components.ts";

/** A component to place in subnets that are free at the moment. */
export interface FreePlacing
  extends Omit<PlacingRequest, "facts" | "reserved" | "components">,
    Pick<ComponentRequest, "mountedFolders"> {
  readonly plan: Plan;
  readonly component: string;
  /** The id of the lease that the sandbox ends with. @default none */
  readonly lease?: string;
}

/**
 * Places a component in subnets that are free now. Existing networks keep theirs.
 * @param refused subnets that are not free, although the engine does not report them. @default none
 * @throws ConfigurationError if the pool has no room
 */
export async function placeFreely(
  engine: DockerHost,
  { plan, component, lease, mountedFolders, ...request }: FreePlacing,
  refused: readonly TakenSubnet[] = [],
): Promise<DockerPlacement> {
  // The reservations first: a released one is a network by now.
  const reserved = await readReserved(engine, { [LABEL.lease]: lease ?? "" });
  const facts = { ...NO_FACTS, ...(await readNetworks(engine)) };
  const [placement] = placeComponents({
    ...{ ...request, facts },
    components: [{ component, plan, ...(mountedFolders && { mountedFolders }) }],
    reserved: [...reserved, ...refused],
  });
  return { ...placement, ...(lease !== undefined && { lease }) };
}

/** A network to create, of a placed sandbox. */
export interface NetworkCreation extends FreePlacing, Timed {
  /** The first placement to try. */
  readonly placement: DockerPlacement;
}

/**
 * Creates a network of a placed sandbox. The engine creates no two networks that overlap: a network is its
 * own reservation. If another process was quicker, it gets another subnet of the pool, under the same name.
 * @returns the subnet that it has
 * @throws ConfigurationError if the pool has no room
 */
export async function createNetwork(
  engine: DockerHost,
  key: string,
  { placement, timings, ...request }: NetworkCreation,
): Promise<Subnet> {
  const label = { part: `network ${key}`, step: "create", after: ["subnets"] };
  const refused: TakenSubnet[] = [];
  for (let placed = placement; ; placed = await placeFreely(engine, request, refused)) {
    const network = networkIn(request.plan, placed, key);
    const wanted = subnetOf(network);
    if (await timed(timings, label, () => createUnlessTaken(engine, network))) return wanted.subnet;
    refused.push(wanted);
  }
}

/**
 * Creates networks of a placed sandbox, all or none.
 * @throws as {@link createNetwork} does
 */
export async function createNetworks(
  engine: DockerHost,
  keys: readonly string[],
  creation: NetworkCreation,
): Promise<void> {
  const ends = await Promise.allSettled(keys.map((key) => createNetwork(engine, key, creation)));
  const failed = ends.find((end) => end.status === "rejected");
  if (failed === undefined) return;
  // By name, only what this call has created: another process may have one of that name.
  const created = keys.filter((_, index) => ends[index]?.status === "fulfilled");
  await Promise.all(created.map((key) => remove(engine, networkIn(creation.plan, creation.placement, key))));
  throw failed.reason;
}

function networkIn(plan: Plan, placement: DockerPlacement, key: string): DockerNetwork {
  const network = lowerToDocker(plan, placement).networks.find((one) => one.key === key);
  if (network === undefined) throw new Error(`network ${key}: is not in the plan of ${plan.sandbox}`);
  return network;
}

/** Returns whether the network exists: not if its subnet belongs to others. */
async function createUnlessTaken(engine: DockerHost, network: DockerNetwork): Promise<boolean> {
  const { body } = network;
  try {
    await commandDocker(engine, { method: "POST", path: "/networks/create", body });
  } catch (error) {
    if (isOverlap(error)) return false;
    throw error;
  }
  // A stack looks for networks once it has reserved, and this looks for reservations once the network exists:
  // one of both always sees the other.
  const reserved = await readReserved(engine, body.Labels);
  const { subnet } = subnetOf(network);
  if (!reserved.some((other) => sharesAddresses(subnet, other.subnet))) return true;
  await remove(engine, network);
  return false;
}

function remove(engine: DockerHost, { body }: DockerNetwork): Promise<boolean> {
  return deleteOnDocker(engine, `/networks/${encodeURIComponent(body.Name)}`);
}

function subnetOf({ body }: DockerNetwork): TakenSubnet {
  return { subnet: body.IPAM.Config[0].Subnet as Subnet, owner: "a network of another process" };
}

/** The words of Docker, and of Podman: `subnet … is already used on the host or by another config`. */
const OVERLAP = /overlaps|subnet .*already used/i;

function isOverlap(failure: unknown): boolean {
  return failure instanceof DockerRefused && OVERLAP.test(failure.message);
}
