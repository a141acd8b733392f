import type { PlaceNetwork } from "../../model/plan/place-network.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { PRIVILEGED_IMAGES, requirePrivilege } from "../../model/plan/privilege.ts";
import { DEFAULT_POOL, type Subnet } from "../../model/subnets.ts";
import { type HeldLease, holdLease } from "../../ownership/lease.ts";
import { freshOwnership, ownershipLabels } from "../../ownership/ownership.ts";
import { createEmptyVolume } from "../empty-volume.ts";
import type { DockerHost } from "../host.ts";
import { leaseVolumes } from "../lease-volumes.ts";
import { type DockerObjects, lowerToDocker } from "../lowering/lower-sandbox.ts";
import type { DockerPlacement } from "../lowering/placement.ts";
import { removeResources } from "../remove-owned.ts";
import { createNetworks, placeFreely } from "./create-networks.ts";
import type { StartedService } from "./service-endpoint.ts";
import { startServices } from "./start-services.ts";

/** A sandbox to start without a stack. */
export interface SandboxRequest {
  readonly plan: Plan;
  readonly engine: DockerHost;
  /** The values of the secrets that the services need, by name. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Ends the start: all that exists by then is removed. */
  readonly signal: AbortSignal;
  /** The name of the project, for labels. */
  readonly project: string;
  /** The folder that relative paths of files start from. */
  readonly projectFolder: string;
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
  /** The endpoints of the services, by key. */
  readonly services: Readonly<Record<string, StartedService>>;
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
  const { plan, engine, secrets, signal, projectFolder } = request;
  const { subnetPool = DEFAULT_POOL, privilegedImages = PRIVILEGED_IMAGES, network = {} } = request;
  requirePrivilege(plan, privilegedImages);
  signal.throwIfAborted();
  const ownership = freshOwnership(request.project);
  const lease = await holdLease(leaseVolumes(engine), {
    labels: ownershipLabels(ownership),
    covers: "sandbox",
  });
  const unplaced = {
    ...{ ...ownership, component: plan.sandbox, lease: lease.id },
    ...{ privilegedImages, network },
  };
  const end = AbortSignal.any([signal, lease.lost]);
  let objects: DockerObjects | undefined;
  const remove = () => removeAll(engine, objects, lease);
  try {
    const placed = await placeFreely(engine, plan, unplaced, subnetPool);
    objects = lowerToDocker(plan, placed);
    const parts = Promise.all([
      createNetworks(engine, plan, placed, subnetPool),
      ...objects.volumes.map(({ body }) => createEmptyVolume(engine, body.Name, body.Labels)),
    ]);
    const creation = { engine, secrets, projectFolder };
    const [created, started] = await Promise.allSettled([
      parts,
      startServices(objects, creation, parts, end),
    ]);
    if (created.status === "rejected") throw created.reason;
    if (started.status === "rejected") throw started.reason;
    const { lost, confirm } = lease;
    return { placement: created.value[0], services: started.value, lost, confirm, remove };
  } catch (error) {
    // What cannot be removed now is removed by the next command, once the lease is over.
    await remove().catch(() => {});
    throw error;
  }
}

/** Removes the parts that exist, then the lease, by which the next command finds what is left. */
async function removeAll(
  engine: DockerHost,
  objects: DockerObjects | undefined,
  lease: HeldLease,
): Promise<void> {
  const parts = objects === undefined ? [] : partsOf(objects);
  await removeResources(engine, parts);
  await lease.release();
}

function partsOf({ services, networks, volumes }: DockerObjects): Parameters<typeof removeResources>[1] {
  const part = (kind: "container" | "network" | "volume", name: string) => ({
    kind,
    name,
    id: name,
    labels: {},
  });
  return [
    ...services.map(({ name }) => part("container", name)),
    ...networks.map(({ body }) => part("network", body.Name)),
    ...volumes.map(({ body }) => part("volume", body.Name)),
  ];
}
