import type { Lease } from "kubernetes-types/coordination/v1.js";
import type { Namespace, PersistentVolume } from "kubernetes-types/core/v1.js";
import type { Cluster } from "../src/kubernetes/api/cluster.ts";
import type { ObjectReference } from "../src/kubernetes/api/object-path.ts";
import { listObjects } from "../src/kubernetes/api/objects.ts";
import { clusterPlace } from "../src/kubernetes/cluster-place.ts";
import { LABEL } from "../src/model/labels.ts";
import type { KillPlace, StackOnPlace } from "./kill-place.ts";

/** What a namespace of a sandbox contains that runs, or that outlives a pod. */
const CONTENTS = [
  { apiVersion: "apps/v1", kind: "Deployment" },
  { apiVersion: "batch/v1", kind: "Job" },
  { apiVersion: "v1", kind: "Pod" },
  { apiVersion: "v1", kind: "PersistentVolumeClaim" },
] as const;

/** A cluster as the place of stacks. */
export function clusterForKills(cluster: Cluster): KillPlace {
  const list = <Kind>(apiVersion: string, kind: string, namespace?: string) =>
    listObjects<Kind & ObjectReference>(cluster, {
      ...{ apiVersion, kind },
      ...(namespace !== undefined && { namespace }),
    });
  const place = clusterPlace(cluster);

  async function partsOf({ name, owner }: StackOnPlace): Promise<readonly string[]> {
    const [namespaces, leases, volumes, ...contents] = await Promise.all([
      list<Namespace>("v1", "Namespace"),
      list<Lease>("coordination.k8s.io/v1", "Lease", "nestbox-leases"),
      list<PersistentVolume>("v1", "PersistentVolume"),
      ...CONTENTS.map(async ({ apiVersion, kind }) =>
        (await list<object>(apiVersion, kind)).map((object) => ({ ...object, kind })),
      ),
    ]);
    const isOurs = (namespace = "") => namespace.startsWith(`nestbox-${name}-shop-`);
    const isOwned = ({ metadata: { annotations } }: Metadata) => annotations?.[LABEL.owner] === owner;
    return [
      ...namespaces
        .filter((one) => isOwned(one) || isOurs(one.metadata.name))
        .map(({ metadata }) => `${metadata.name} (Namespace)`),
      ...leases
        .filter((one) => isOwned(one) || one.metadata.name?.startsWith(`${name}-`))
        .map(({ metadata }) => `${metadata.name} (Lease)`),
      // They outlast their namespace.
      ...volumes
        .filter(({ spec }) => isOurs(spec?.claimRef?.namespace))
        .map(({ metadata }) => `${metadata.name} (PersistentVolume)`),
      ...contents
        .flat()
        .filter(({ metadata }) => isOurs(metadata.namespace))
        .map(({ metadata, kind }) => `${metadata.namespace}/${metadata.name} (${kind})`),
    ].sort();
  }

  return {
    settings: { target: "kubernetes" },
    kinds: ["Deployment", "Lease", "Namespace", "PersistentVolume", "PersistentVolumeClaim", "Pod"],
    partsOf,
    anonymousPartsOf: async () => [],
    leftOf: async () => [],
    removeOwned: async (owner) => place.remove(await place.readOwned(owner)),
  };
}

interface Metadata {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
}
