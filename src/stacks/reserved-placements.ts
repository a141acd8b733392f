import { type EngineFacts, readFacts } from "../docker/facts.ts";
import type { DockerHost } from "../docker/host.ts";
import { leaseVolumes } from "../docker/lease-volumes.ts";
import type { DockerPlacement } from "../docker/lowering/placement.ts";
import { readReserved, releaseSubnets, reserveSubnets } from "../docker/subnet-reservations.ts";
import { LABEL } from "../model/labels.ts";
import { type Subnet, sharesAddresses } from "../model/subnets.ts";
import { holdLease } from "../ownership/lease.ts";
import { stackLabels } from "./stack-identity.ts";
import { placeStack, type StackRequest } from "./stack-placement.ts";

/** The placements of a stack. The subnets of its new networks are reserved. */
export interface ReservedPlacements {
  readonly placements: readonly DockerPlacement[];
  /** Releases the reservations. Call it once the networks exist. */
  release(): Promise<void>;
}

/**
 * Places a stack as {@link placeStack} does, and reserves the subnets of its new networks on the engine. A
 * stack without new networks needs no reservation.
 * @throws ConfigurationError as placeStack does
 */
export async function placeReserved(
  request: Omit<StackRequest, "facts" | "reserved">,
  engine: DockerHost,
): Promise<ReservedPlacements> {
  const current = await readFacts(engine);
  const unreserved = placeStack({ ...request, facts: current });
  if (newSubnets(unreserved, current).length === 0)
    return { placements: unreserved, release: async () => {} };
  const labels = stackLabels(request.identity, request.settings);
  const lease = await holdLease(leaseVolumes(engine), { labels, covers: "work" });
  const own = { ...labels, [LABEL.lease]: lease.id };
  try {
    for (;;) {
      const reserved = await readReserved(engine, own);
      // After the reservations: a released one is a network by now.
      const facts = await readFacts(engine);
      const placements = placeStack({ ...request, facts, reserved });
      const wanted = newSubnets(placements, facts);
      if (!(await reserveSubnets(engine, wanted, own))) continue;
      // Another process may have reserved one, created its network and released it in the meantime.
      const existing = (await readFacts(engine)).networks.flatMap(({ subnets }) => subnets);
      if (!wanted.some((subnet) => existing.some((other) => sharesAddresses(subnet, other))))
        return { placements, release: () => releaseSubnets(engine, wanted).finally(lease.release) };
      await releaseSubnets(engine, wanted);
    }
  } catch (error) {
    await lease.release();
    throw error;
  }
}

/** The subnets without a network on the engine. */
function newSubnets(placements: readonly DockerPlacement[], { networks }: EngineFacts): readonly Subnet[] {
  const existing = new Set(networks.flatMap(({ subnets }) => subnets));
  return placements.flatMap(({ subnets }) =>
    Object.values(subnets).filter((subnet) => !existing.has(subnet)),
  );
}
