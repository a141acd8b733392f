import { type EngineFacts, readFacts } from "../docker/facts.ts";
import type { DockerHost } from "../docker/host.ts";
import type { DockerPlacement } from "../docker/lowering/placement.ts";
import { ownProcessMark } from "../machine/process-mark.ts";
import { LABEL, type Labels } from "../model/labels.ts";
import { overlap, parseSubnet, type Subnet } from "../model/subnets.ts";
import { stackLabels } from "./stack-identity.ts";
import { placeStack, type StackRequest } from "./stack-placement.ts";
import { readReserved, releaseSubnets, reserveSubnets } from "./subnet-reservations.ts";

/** The placements of a stack. Nobody else gets the subnets of its new networks. */
export interface ReservedPlacements {
  readonly placements: readonly DockerPlacement[];
  /** Gives the reservations back. Call it once the networks exist. */
  release(): Promise<void>;
}

/**
 * Places a stack as {@link placeStack} does, and reserves the subnets of its new networks on the engine. A stack without
 * new networks costs nothing more.
 * @throws ConfigurationError as placeStack does
 */
export async function placeReserved(
  request: Omit<StackRequest, "facts" | "reserved">,
  engine: DockerHost,
): Promise<ReservedPlacements> {
  const facts = await readFacts(engine);
  const placements = placeStack({ ...request, facts });
  if (newSubnets(placements, facts).length === 0) return { placements, release: async () => {} };
  for (;;) {
    const reserved = await placeInFreeSubnets(request, engine);
    if (reserved !== undefined) return reserved;
  }
}

/**
 * One attempt, against others who reserve at the same moment. Gives nothing when one of them was faster: they
 * have got further then.
 */
async function placeInFreeSubnets(
  request: Omit<StackRequest, "facts" | "reserved">,
  engine: DockerHost,
): Promise<ReservedPlacements | undefined> {
  const own = reservationLabels(request);
  const reserved = await readReserved(engine, own);
  // After the reservations: what is not reserved any more is a network by now.
  const facts = await readFacts(engine);
  const placements = placeStack({ ...request, facts, reserved });
  const wanted = newSubnets(placements, facts);
  if (!(await reserveSubnets(engine, wanted, own))) return undefined;
  const release = () => releaseSubnets(engine, wanted);
  // Somebody may have reserved one, made a network in it and given it back, all since we looked.
  const { networks } = await readFacts(engine);
  const existing = networks.flatMap(({ subnets }) => subnets);
  if (!wanted.some((subnet) => existing.some((other) => sharesAddresses(subnet, other)))) {
    return { placements, release };
  }
  await release();
  return undefined;
}

/** The subnets in which the engine has no network yet. */
function newSubnets(placements: readonly DockerPlacement[], { networks }: EngineFacts): readonly Subnet[] {
  const existing = new Set(networks.flatMap(({ subnets }) => subnets));
  return placements.flatMap(({ subnets }) =>
    Object.values(subnets).filter((subnet) => !existing.has(subnet)),
  );
}

function sharesAddresses(one: Subnet, other: Subnet): boolean {
  const [first, second] = [parseSubnet(one), parseSubnet(other)];
  return first !== undefined && second !== undefined && overlap(first, second);
}

function reservationLabels({ identity, settings }: Pick<StackRequest, "identity" | "settings">): Labels {
  return {
    ...stackLabels(identity, settings),
    [LABEL.timeToLive]: settings.timeToLive,
    [LABEL.process]: ownProcessMark(),
  };
}
