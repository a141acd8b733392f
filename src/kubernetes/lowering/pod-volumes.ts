import type { Labels } from "../../model/labels.ts";
import type { Plan, PlannedContainer, PlannedVolume } from "../../model/plan/plan.ts";
import type { KubernetesPlacement } from "./kubernetes-placement.ts";
import type { PodAffinity, PodMount, PodVolume, VolumeClaimManifest } from "./manifest.ts";
import { objectLabels, objectMetadata, volumeLabel } from "./object-labels.ts";
import { byteQuantity } from "./resources.ts";

/** A claim must name a size, and a declaration has none. */
const CLAIMED_BYTES = 1024 ** 3;

/** The claims of a sandbox's volumes. A shared folder that no other container mounts needs none. */
export function volumeClaims(plan: Plan, placement: KubernetesPlacement): readonly VolumeClaimManifest[] {
  const { storageClass } = placement;
  return plan.volumes
    .filter((volume) => isClaimed(plan, volume))
    .map(({ key }) => ({
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: objectMetadata(placement, key, objectLabels(plan, key, "volume", placement)),
      spec: {
        accessModes: ["ReadWriteOnce"],
        ...(storageClass !== undefined && { storageClassName: storageClass }),
        resources: { requests: { storage: byteQuantity(CLAIMED_BYTES) } },
      },
    }));
}

/** The volumes of a container and their mounts: the sandbox's, and folders in memory. */
export function podVolumes(
  plan: Plan,
  { mounts, tmpfs }: PlannedContainer,
): { readonly volumes: readonly PodVolume[]; readonly mounts: readonly PodMount[] } {
  const folders = Object.entries(tmpfs).map(([mountPath, bytes], index) => ({
    name: `memory-${index + 1}`,
    mountPath,
    bytes,
  }));
  return {
    volumes: [
      ...[...new Set(mounts.map(({ volume }) => volume))].map((key) =>
        isClaimed(plan, volumeOf(plan, key))
          ? { name: volumeName(key), persistentVolumeClaim: { claimName: key } }
          : { name: volumeName(key), emptyDir: {} },
      ),
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
export function volumeLabels(plan: Plan, container: PlannedContainer): Labels {
  return Object.fromEntries(sharedVolumes(plan, container).map((key) => [volumeLabel(key), "true"]));
}

/** Places pods with a common volume on one node: `ReadWriteOnce` is once for a node, not for a pod. */
export function volumeAffinity(plan: Plan, container: PlannedContainer): PodAffinity | undefined {
  const shared = sharedVolumes(plan, container);
  if (shared.length === 0) return undefined;
  return {
    podAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: shared.map((key) => ({
        labelSelector: { matchLabels: { [volumeLabel(key)]: "true" } },
        topologyKey: "kubernetes.io/hostname",
      })),
    },
  };
}

/** The prefix keeps the volumes of a sandbox apart from a pod's own. */
function volumeName(key: string): string {
  return `volume-${key}`;
}

function isClaimed(plan: Plan, { key, sharedBy }: PlannedVolume): boolean {
  return sharedBy === undefined || usersOf(plan, key).length > 1;
}

function volumeOf({ volumes }: Plan, key: string): PlannedVolume {
  return volumes.find((volume) => volume.key === key) ?? { key };
}

function sharedVolumes(plan: Plan, { mounts }: PlannedContainer): readonly string[] {
  const keys = [...new Set(mounts.map(({ volume }) => volume))];
  return keys.filter((key) => usersOf(plan, key).length > 1);
}

function usersOf({ services, jobs }: Plan, volume: string): readonly PlannedContainer[] {
  return [...services, ...jobs].filter(({ mounts }) => mounts.some((mount) => mount.volume === volume));
}
