import { setImmediate as nextTurn } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import { explainUnreachableEngine } from "../../docker/engine-unreachable.ts";
import { readFacts } from "../../docker/facts.ts";
import type { DockerHost } from "../../docker/host.ts";
import type { DockerPlacement } from "../../docker/lowering/placement.ts";
import { ownerStoreOn } from "../../docker/owner-store.ts";
import { type ComponentRequest, placeComponents } from "../../docker/place/place-components.ts";
import { placeReserved, type ReservedPlacements } from "../../docker/place/reserved-placements.ts";
import { isoSeconds } from "../../ownership/ownership.ts";
import { stackOwnership } from "../../stacks/stack-identity.ts";
import { explain } from "../program-error.ts";
import { programIdentity } from "../program-identity.ts";
import { programSettings } from "../program-settings.ts";
import { renewStackLease } from "../renew-stack-lease.ts";
import { programNetwork } from "./program-network.ts";

export interface ComponentPlacement {
  readonly placement: DockerPlacement;
  /** To be called once the component's networks exist: their subnets are then in use, not reserved. */
  networksExist(): Promise<void>;
}

/** Components of one engine that are placed together. */
interface Batch {
  readonly requests: ComponentRequest[];
  readonly placed: ReturnType<typeof placeTogether>;
}

/** The batches that take more components, by the engine's address. A Pulumi program is one process. */
const open = new Map<string, Batch>();

/**
 * Places a component on an engine. An existing network keeps its subnet, and a failed container is replaced.
 * The subnets of new networks are reserved on the engine until they exist; a preview reserves none.
 *
 * Components made in the same turn are placed together: the engine is read once, and one lease covers all.
 * @throws ProgramError if the subnet pool has no room, and without an answer of the engine
 */
export async function placeComponent(
  engine: DockerHost,
  request: ComponentRequest,
): Promise<ComponentPlacement> {
  const batch = open.get(engine.host) ?? openBatch(engine);
  const index = batch.requests.push(request) - 1;
  const { placements, networksExist } = await batch.placed;
  return { placement: placements[index] as DockerPlacement, networksExist };
}

function openBatch(engine: DockerHost): Batch {
  const requests: ComponentRequest[] = [];
  const batch = { requests, placed: placeTogether(requests, engine) };
  open.set(engine.host, batch);
  return batch;
}

async function placeTogether(requests: readonly ComponentRequest[], engine: DockerHost) {
  await nextTurn();
  open.delete(engine.host);
  const { placements, release } = await placeOnEngine(requests, engine).catch(explain);
  let withoutNetworks = requests.length;
  const networksExist = async () => {
    withoutNetworks -= 1;
    if (withoutNetworks === 0) await release();
  };
  return { placements, networksExist };
}

async function placeOnEngine(
  components: readonly ComponentRequest[],
  engine: DockerHost,
): Promise<ReservedPlacements> {
  const stack = { identity: programIdentity(), settings: programSettings() };
  const { subnetPool, privilegedImages } = stack.settings;
  const request = {
    ownership: stackOwnership(stack.identity, stack.settings, isoSeconds(new Date())),
    ...{ components, subnetPool, privilegedImages },
    network: programNetwork(),
  };
  try {
    // A preview creates no networks, so it reserves no subnets for them.
    if (pulumi.runtime.isDryRun()) {
      const placements = placeComponents({ ...request, facts: await readFacts(engine) });
      return { placements, release: async () => {} };
    }
    await renewStackLease(engine.host, ownerStoreOn(engine), stack);
    return await placeReserved(request, engine);
  } catch (error) {
    throw explainUnreachableEngine(error, engine);
  }
}
