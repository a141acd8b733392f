import type { PersistentVolumeSpec } from "kubernetes-types/core/v1.js";
import type { ObjectMeta } from "kubernetes-types/meta/v1.js";
import type { Cluster } from "../src/kubernetes/api/cluster.ts";
import { listObjects } from "../src/kubernetes/api/objects.ts";
import { clusterPlace } from "../src/kubernetes/cluster-place.ts";
import { LABEL } from "../src/model/labels.ts";
import type { KillPlace } from "./kill-place.ts";

/** An object of one of the kinds that are looked for. */
interface Listed {
  readonly metadata: ObjectMeta;
  readonly spec?: Pick<PersistentVolumeSpec, "claimRef">;
}

/** What a namespace of a sandbox contains that runs, or that outlives a pod. */
const CONTENTS = [
  { apiVersion: "apps/v1", kind: "Deployment" },
  { apiVersion: "batch/v1", kind: "Job" },
  { apiVersion: "v1", kind: "Pod" },
  { apiVersion: "v1", kind: "PersistentVolumeClaim" },
] as const;

/** A cluster as the place of stacks. */
export function clusterForKills(cluster: Cluster): KillPlace {
  const place = clusterPlace(cluster);
  return {
    settings: { target: "kubernetes" },
    kinds: ["Deployment", "Lease", "Namespace", "PersistentVolume", "PersistentVolumeClaim", "Pod"],
    async partsOf({ name: stack, owner }) {
      const isOurs = (namespace = "") => namespace.startsWith(`nestbox-${stack}-shop-`);
      const isOwned = ({ annotations }: ObjectMeta) => annotations?.[LABEL.owner] === owner;
      const partsOfKind = async (
        query: { readonly apiVersion: string; readonly kind: string; readonly namespace?: string },
        isPart: (object: Listed) => boolean,
      ) =>
        (await listObjects<Listed>(cluster, query))
          .filter(isPart)
          .map(
            ({ metadata: { namespace, name } }) =>
              `${namespace === undefined ? "" : `${namespace}/`}${name} (${query.kind})`,
          );
      const parts = await Promise.all([
        partsOfKind(
          { apiVersion: "v1", kind: "Namespace" },
          ({ metadata }) => isOwned(metadata) || isOurs(metadata.name),
        ),
        partsOfKind(
          { apiVersion: "coordination.k8s.io/v1", kind: "Lease", namespace: "nestbox-leases" },
          ({ metadata }) => isOwned(metadata) || metadata.name?.startsWith(`${stack}-`) === true,
        ),
        // They outlast their namespace.
        partsOfKind({ apiVersion: "v1", kind: "PersistentVolume" }, ({ spec }) =>
          isOurs(spec?.claimRef?.namespace),
        ),
        ...CONTENTS.map((kind) => partsOfKind(kind, ({ metadata }) => isOurs(metadata.namespace))),
      ]);
      return parts.flat().sort();
    },
    anonymousPartsOf: async () => [],
    leftOf: async () => [],
    removeOwned: async (owner) => place.remove(await place.readOwned(owner)),
  };
}
