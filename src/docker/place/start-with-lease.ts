import type { PlaceNetwork } from "../../model/plan/place-network.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { PRIVILEGED_IMAGES, requirePrivilege } from "../../model/plan/privilege.ts";
import { DEFAULT_POOL, type Subnet } from "../../model/subnets.ts";
import { type HeldLease, holdLease } from "../../ownership/lease.ts";
import type { OwnedResource } from "../../ownership/owned-resource.ts";
import { freshOwnership, ownershipLabels } from "../../ownership/ownership.ts";
import { timed } from "../../timings/timings.ts";
import type { Creation } from "../create-container.ts";
import { createEmptyVolume } from "../empty-volume.ts";
import { leaseVolumes } from "../lease-volumes.ts";
import { type DockerObjects, lowerToDocker } from "../lowering/lower-sandbox.ts";
import type { DockerPlacement } from "../lowering/placement.ts";
import { mountedFoldersOn } from "../mounted-folders.ts";
import { removeResources } from "../remove-owned.ts";
import { createNetwork, placeFreely } from "./create-networks.ts";
import { type PublishedPorts, type ServiceParts, startServices } from "./start-services.ts";

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
  /** The address of the engine's machine that ports are bound to. @default its loopback */
  readonly publishedAt?: string;
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
export async function startWithLease(request: SandboxRequest): Promise<StartedSandbox> {
  const { plan, engine, signal, timings } = request;
  const {
    subnetPool = DEFAULT_POOL,
    privilegedImages = PRIVILEGED_IMAGES,
    network = {},
    publishedAt,
  } = request;
  requirePrivilege(plan, privilegedImages);
  const folders = mountedFoldersOn(engine, plan, request.projectFolder);
  signal.throwIfAborted();
  const ownership = freshOwnership(request.project);
  const labels = ownershipLabels(ownership);
  const lease = await timed(timings, { part: "lease", step: "hold" }, () =>
    holdLease(leaseVolumes(engine), { labels, covers: "sandbox" }),
  );
  const placing = {
    ...{ ownership, plan, component: plan.sandbox, lease: lease.id },
    ...folders,
    ...{ subnetPool, privilegedImages, network, ...(publishedAt !== undefined && { publishedAt }) },
  };
  const end = AbortSignal.any([signal, lease.lost]);
  let parts: ReturnType<typeof partsOf> = [];
  const remove = async () => {
    await removeResources(engine, parts);
    // The last: the next command finds by it what is left.
    await lease.release();
  };
  try {
    const placed = await timed(timings, { part: "subnets", step: "choose" }, () =>
      placeFreely(engine, placing),
    );
    const objects = lowerToDocker(plan, placed);
    parts = partsOf(objects);
    const networks = new Map(
      objects.networks.map(({ key }) => [
        key,
        createNetwork(engine, key, { ...placing, placement: placed, timings }),
      ]),
    );
    const volumes = new Map(
      objects.volumes.map(({ key, body }) => [
        key,
        timed(timings, { part: `volume ${key}`, step: "create", after: ["subnets"] }, () =>
          createEmptyVolume(engine, body.Name, body.Labels),
        ),
      ]),
    );
    const created = [...networks.values(), ...volumes.values()];
    // A network that only jobs need fails the start, too.
    const failure = new AbortController();
    for (const one of created) one.catch((error: unknown) => failure.abort(error));
    const services = startServices(
      plan.sandbox,
      objects.services,
      request,
      (key) => partsOfService(plan, key, { networks, volumes }),
      AbortSignal.any([end, failure.signal]),
    );
    const ends = await Promise.allSettled([...created, services]);
    for (const one of ends) if (one.status === "rejected") throw one.reason;
    const { lost, confirm } = lease;
    const containers = Object.fromEntries(objects.services.map(({ key, name }) => [key, name]));
    const subnets = await Promise.all(
      [...networks].map(async ([key, subnet]) => [key, await subnet] as const),
    );
    const placement = { ...placed, subnets: Object.fromEntries(subnets) };
    return { placement, containers, published: await services, lost, confirm, remove };
  } catch (error) {
    // What cannot be removed now is removed by the next command, once the lease is over.
    await remove().catch(() => {});
    throw error;
  }
}

/** The networks and volumes of a service among those that are being created. */
function partsOfService(
  plan: Plan,
  key: string,
  { networks, volumes }: Readonly<Record<"networks" | "volumes", ReadonlyMap<string, Promise<unknown>>>>,
): ServiceParts {
  const service = plan.services.find((one) => one.key === key);
  const needed = [
    ...(service?.networks ?? []).map((name) => [`network ${name}`, networks.get(name)] as const),
    ...(service?.mounts ?? []).map(({ volume }) => [`volume ${volume}`, volumes.get(volume)] as const),
  ];
  const exist = Promise.all(needed.map(([, created]) => created));
  // A service whose start has failed before does not wait for them.
  exist.catch(() => {});
  return { spans: needed.map(([span]) => span), exist };
}

function partsOf({ services, networks, volumes }: DockerObjects) {
  const part = (kind: OwnedResource["kind"], name: string) => ({ kind, name, id: name, labels: {} });
  return [
    ...services.map(({ name }) => part("container", name)),
    ...networks.map(({ body }) => part("network", body.Name)),
    ...volumes.map(({ body }) => part("volume", body.Name)),
  ];
}
