import { LABEL } from "../../model/labels.ts";
import { type Subnet, sharesAddresses } from "../../model/subnets.ts";
import { holdLease } from "../../ownership/lease.ts";
import { ownershipLabels } from "../../ownership/ownership.ts";
import { type EngineFacts, readFacts } from "../facts.ts";
import type { DockerHost } from "../host.ts";
import { leaseVolumes } from "../lease-volumes.ts";
import type { DockerPlacement } from "../lowering/placement.ts";
import { readReserved, releaseSubnets, reserveSubnets } from "../subnet-reservations.ts";
import { type PlacingRequest, placeComponents } from "./place-components.ts";

/** The placements of components. The subnets of their new networks are reserved. */
export interface ReservedPlacements {
  readonly placements: readonly DockerPlacement[];
  /** Releases the reservations. Call it once the networks exist. */
  release(): Promise<void>;
}

/**
 * Places components as {@link placeComponents} does, and reserves the subnets of their new networks on the
 * engine. Without new networks it reserves none.
 * @throws ConfigurationError as placeComponents does
 */
export async function placeReserved(
  request: Omit<PlacingRequest, "facts" | "reserved">,
  engine: DockerHost,
): Promise<ReservedPlacements> {
  const current = await readFacts(engine);
  const unreserved = placeComponents({ ...request, facts: current });
  if (newSubnets(unreserved, current).length === 0)
    return { placements: unreserved, release: async () => {} };
  const labels = ownershipLabels(request.ownership);
  const lease = await holdLease(leaseVolumes(engine), { labels, covers: "work" });
  const own = { ...labels, [LABEL.lease]: lease.id };
  try {
    for (;;) {
      const reserved = await readReserved(engine, own);
      // After the reservations: a released one is a network by now.
      const facts = await readFacts(engine);
      const placements = placeComponents({ ...request, facts, reserved });
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
