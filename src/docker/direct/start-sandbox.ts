import type { PlaceNetwork } from "../../model/plan/place-network.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { PRIVILEGED_IMAGES, requirePrivilege } from "../../model/plan/privilege.ts";
import { DEFAULT_POOL, type Subnet } from "../../model/subnets.ts";
import { type HeldLease, holdLease } from "../../ownership/lease.ts";
import type { OwnedResource } from "../../ownership/owned-resource.ts";
import { freshOwnership, ownershipLabels } from "../../ownership/ownership.ts";
import type { Creation } from "../create-container.ts";
import { createEmptyVolume } from "../empty-volume.ts";
import { leaseVolumes } from "../lease-volumes.ts";
import { type DockerObjects, lowerToDocker } from "../lowering/lower-sandbox.ts";
import type { DockerPlacement } from "../lowering/placement.ts";
import { removeResources } from "../remove-owned.ts";
import { createNetworks, placeFreely } from "./create-networks.ts";
import { type PublishedPorts, startServices } from "./start-services.ts";

/** A sandbox to start without a stack. */
export interface SandboxRequest extends Creation {
  readonly plan: Plan;
  /** Ends the start: all that exists by then is removed. */
  readonly signal: AbortSignal;
  /** The name of the project, for labels. */
  readonly project: string;
  /** The range that the subnets of its networks are allocated from. @default 10.231.0.0/16 */
  readonly subnetPool?: Subnet;
  /** Images of services that may be privileged. @default Docker-in-Docker's own */
  readonly privilegedImages?: readonly string[];
  /** What the network of this place requires. @default nothing */
  readonly network?: PlaceNetwork;
}

/** A running sandbox without a stack. It ends with its lease. */
export interface StartedSandbox extends Pick<HeldLease, "lost" | "confirm"> {
  readonly placement: DockerPlacement;
  /** The containers of the services, by key. */
  readonly containers: Readonly<Record<string, string>>;
  /** The published ports of the services, by key. */
  readonly published: Readonly<Record<string, PublishedPorts>>;
  remove(): Promise<void>;
}

/**
 * Starts a sandbox with names, labels and subnets of its own, and waits until every service is ready. If this
 * process is killed, the next command removes the sandbox once its lease is over. The images must be on the
 * engine.
 *
 * @throws ServicesFailed with the last output of each service that failed; ConfigurationError for what the
 * user has to change; the signal's reason. By then everything is removed.
 */
export async function startSandbox(request: SandboxRequest): Promise<StartedSandbox> {
  const { plan, engine, signal } = request;
  const { subnetPool = DEFAULT_POOL, privilegedImages = PRIVILEGED_IMAGES, network = {} } = request;
  requirePrivilege(plan, privilegedImages);
  signal.throwIfAborted();
  const ownership = freshOwnership(request.project);
  const labels = ownershipLabels(ownership);
  const lease = await holdLease(leaseVolumes(engine), { labels, covers: "sandbox" });
  const unplaced = {
    ...{ ...ownership, component: plan.sandbox, lease: lease.id },
    ...{ privilegedImages, network },
  };
  const end = AbortSignal.any([signal, lease.lost]);
  let parts: ReturnType<typeof partsOf> = [];
  const remove = async () => {
    await removeResources(engine, parts);
    // The last: the next command finds by it what is left.
    await lease.release();
  };
  try {
    const placed = await placeFreely(engine, plan, unplaced, subnetPool);
    const objects = lowerToDocker(plan, placed);
    parts = partsOf(objects);
    const creations = Promise.all([
      createNetworks(engine, plan, placed, subnetPool),
      ...objects.volumes.map(({ body }) => createEmptyVolume(engine, body.Name, body.Labels)),
    ]);
    const services = startServices(plan.sandbox, objects.services, request, creations, end);
    const [created, started] = await Promise.allSettled([creations, services]);
    if (created.status === "rejected") throw created.reason;
    if (started.status === "rejected") throw started.reason;
    const { lost, confirm } = lease;
    const containers = Object.fromEntries(objects.services.map(({ key, name }) => [key, name]));
    return { placement: created.value[0], containers, published: started.value, lost, confirm, remove };
  } catch (error) {
    // What cannot be removed now is removed by the next command, once the lease is over.
    await remove().catch(() => {});
    throw error;
  }
}

function partsOf({ services, networks, volumes }: DockerObjects) {
  const part = (kind: OwnedResource["kind"], name: string) => ({ kind, name, id: name, labels: {} });
  return [
    ...services.map(({ name }) => part("container", name)),
    ...networks.map(({ body }) => part("network", body.Name)),
    ...volumes.map(({ body }) => part("volume", body.Name)),
  ];
}
