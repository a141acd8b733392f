import * as pulumi from "@pulumi/pulumi";
import { dockerPlace } from "../../docker/docker-place.ts";
import { explainUnreachableEngine } from "../../docker/engine-unreachable.ts";
import { readFacts } from "../../docker/facts.ts";
import type { DockerHost } from "../../docker/host.ts";
import type { DockerPlacement } from "../../docker/lowering/placement.ts";
import { placeNetworkFrom } from "../../stacks/place-network-from.ts";
import { placeReserved, type ReservedPlacements } from "../../stacks/reserved-placements.ts";
import { type ComponentRequest, placeStack } from "../../stacks/stack-placement.ts";
import { explain } from "../program-error.ts";
import { programIdentity } from "../program-identity.ts";
import { programSettings } from "../program-settings.ts";
import { renewStackLease } from "../renew-stack-lease.ts";

export interface ComponentPlacement {
  readonly placement: DockerPlacement;
  /** To be called once the component's networks exist: their subnets are then in use, not reserved. */
  networksExist(): Promise<void>;
}

interface Waiting {
  readonly request: ComponentRequest;
  readonly resolve: (placed: ComponentPlacement) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The components that wait for their placement, by the engine's address. Module state suffices: a Pulumi
 * program is one process.
 */
const waiting = new Map<string, Waiting[]>();

/**
 * Places a component on an engine. An existing network keeps its subnet, and a failed container is replaced.
 * The subnets of new networks are reserved on the engine until they exist; a preview reserves none.
 *
 * Components made in the same turn are placed together: the engine is read once, and one lease covers all.
 * @throws ProgramError if the subnet pool has no room, and without an answer of the engine
 */
export function placeComponent(engine: DockerHost, request: ComponentRequest): Promise<ComponentPlacement> {
  const { promise, resolve, reject } = Promise.withResolvers<ComponentPlacement>();
  const others = waiting.get(engine.host) ?? [];
  if (others.length === 0) setImmediate(() => placeWaiting(engine));
  waiting.set(engine.host, [...others, { request, resolve, reject }]);
  return promise;
}

async function placeWaiting(engine: DockerHost): Promise<void> {
  const together = waiting.get(engine.host) ?? [];
  waiting.delete(engine.host);
  try {
    const requests = together.map(({ request }) => request);
    const { placements, release } = await placeOnEngine(requests, engine).catch(explain);
    let withoutNetworks = together.length;
    const networksExist = async () => {
      withoutNetworks -= 1;
      if (withoutNetworks === 0) await release();
    };
    for (const [index, { resolve }] of together.entries()) {
      resolve({ placement: placements[index] as DockerPlacement, networksExist });
    }
  } catch (error) {
    for (const { reject } of together) reject(error);
  }
}

async function placeOnEngine(
  components: readonly ComponentRequest[],
  engine: DockerHost,
): Promise<ReservedPlacements> {
  const request = {
    identity: programIdentity(),
    components,
    settings: programSettings(),
    network: placeNetworkFrom(process.env),
    now: new Date(),
  };
  try {
    // A preview creates no networks, so it reserves no subnets for them.
    if (pulumi.runtime.isDryRun()) {
      const placements = placeStack({ ...request, facts: await readFacts(engine) });
      return { placements, release: async () => {} };
    }
    await renewStackLease(engine.host, dockerPlace(engine), request);
    return await placeReserved(request, engine);
  } catch (error) {
    throw explainUnreachableEngine(error, engine);
  }
}
