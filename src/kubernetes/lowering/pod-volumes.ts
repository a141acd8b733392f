import type { Labels } from "../../model/labels.ts";
import type { Plan, PlannedContainer } from "../../model/plan/plan.ts";
import type { PlacedPlan } from "./kubernetes-placement.ts";
import type { AnyManifest, Pod, PodMount, PodVolume } from "./manifest.ts";
import { objectHead, objectLabels } from "./object-labels.ts";
import { byteQuantity } from "./resources.ts";
import { nameIn, scopeLabels } from "./sandbox-scope.ts";

/** A claim must name a size, and a declaration has none. */
const CLAIMED_BYTES = 1024 ** 3;

/** The claims of a sandbox's volumes. */
export function volumeClaims(placed: PlacedPlan): readonly AnyManifest[] {
  const { plan, placement } = placed;
  const { storageClass } = placement;
  return plan.volumes
    .filter(({ key }) => isClaimed(plan, key))
    .map(({ key }) => ({
      ...objectHead(placed, "v1", "PersistentVolumeClaim", key, objectLabels(placed, key, "volume")),
      spec: {
        accessModes: ["ReadWriteOnce"],
        ...(storageClass !== undefined && { storageClassName: storageClass }),
        resources: { requests: { storage: byteQuantity(CLAIMED_BYTES) } },
      },
    }));
}

/** The volumes of a container and their mounts: the sandbox's, and folders in memory. */
export function podVolumes(
  { plan, placement }: PlacedPlan,
  mounts: PlannedContainer["mounts"],
  tmpfs: PlannedContainer["tmpfs"],
): { readonly volumes: readonly PodVolume[]; readonly mounts: readonly PodMount[] } {
  const folders = Object.entries(tmpfs).map(([mountPath, bytes], index) => ({
    name: `memory-${index + 1}`,
    mountPath,
    bytes,
  }));
  return {
    volumes: [
      ...volumesOf(mounts).map((key) => ({
        name: volumeName(key),
        ...(isClaimed(plan, key)
          ? { persistentVolumeClaim: { claimName: nameIn(placement, key) } }
          : { emptyDir: {} }),
      })),
      ...folders.map(({ name, bytes }) => ({
        name,
        emptyDir: { medium: "Memory", sizeLimit: byteQuantity(bytes) },
      })),
    ],
    mounts: [
      ...mounts.map(({ volume, target, readOnly }) => ({
        name: volumeName(volume),
        mountPath: target,
        ...(readOnly && { readOnly }),
      })),
      ...folders.map(({ name, mountPath }) => ({ name, mountPath })),
    ],
  };
}

/** The labels of a pod by which others with the same volume find its node. */
export function volumeLabels(plan: Plan, mounts: PlannedContainer["mounts"]): Labels {
  const shared = volumesOf(mounts).filter((key) => isShared(plan, key));
  return Object.fromEntries(shared.map((key) => [`nestbox.volume/${key}`, "true"]));
}

/** Places pods with a common volume on one node: `ReadWriteOnce` is once for a node, not for a pod. */
export function volumeAffinity(
  { plan, placement }: PlacedPlan,
  mounts: PlannedContainer["mounts"],
): Pick<Pod, "affinity"> {
  const terms = Object.entries(volumeLabels(plan, mounts)).map(([label, value]) => ({
    labelSelector: { matchLabels: { ...scopeLabels(placement), [label]: value } },
    topologyKey: "kubernetes.io/hostname",
  }));
  if (terms.length === 0) return {};
  return { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } } };
}

/** The prefix keeps the volumes of a sandbox apart from a pod's own. */
function volumeName(key: string): string {
  return `volume-${key}`;
}

function volumesOf(mounts: PlannedContainer["mounts"]): readonly string[] {
  return [...new Set(mounts.map(({ volume }) => volume))];
}

/** A shared folder that no other container mounts needs no claim. */
function isClaimed(plan: Plan, key: string): boolean {
  const isFolder = plan.volumes.some((volume) => volume.key === key && volume.sharedBy !== undefined);
  return !isFolder || isShared(plan, key);
}

/** Whether several containers mount a volume. */
function isShared({ services, jobs }: Plan, key: string): boolean {
  return [...services, ...jobs].filter(({ mounts }) => volumesOf(mounts).includes(key)).length > 1;
}
