import type { PersistentVolumeSpec } from "kubernetes-types/core/v1.js";
import type { ObjectMeta } from "kubernetes-types/meta/v1.js";
import type { Cluster } from "../src/kubernetes/api/cluster.ts";
import { listObjects } from "../src/kubernetes/api/objects.ts";
import { clusterOwnerStore } from "../src/kubernetes/owner-store.ts";
import { tenancyOf } from "../src/kubernetes/tenancy/tenancy-of.ts";
import { LABEL } from "../src/model/labels.ts";
import type { KillPlace } from "./kill-place.ts";

/** An object of one of the kinds that are looked for. */
interface Listed {
  readonly metadata: ObjectMeta;
  readonly spec?: Pick<PersistentVolumeSpec, "claimRef">;
}

/** What a sandbox has that runs, or that outlives a pod. */
const CONTENTS = [
  { apiVersion: "apps/v1", kind: "Deployment" },
  { apiVersion: "batch/v1", kind: "Job" },
  { apiVersion: "v1", kind: "Pod" },
  { apiVersion: "v1", kind: "PersistentVolumeClaim" },
] as const;

/** What else a sandbox has, which no namespace takes along where it has none of its own. */
const REST = [
  { apiVersion: "v1", kind: "Service" },
  { apiVersion: "v1", kind: "ConfigMap" },
  { apiVersion: "v1", kind: "Secret" },
  { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" },
] as const;

const KINDS = ["Deployment", "Lease", "PersistentVolume", "PersistentVolumeClaim", "Pod"];

/** A Service for each alias, and a policy for all traffic, names and the network. */
const OTHER_KINDS = ["Service", "Service", "NetworkPolicy", "NetworkPolicy", "NetworkPolicy"];

/**
 * A cluster as the place of stacks.
 * @param namespace where all sandboxes are. Default: each has a namespace of its own
 */
export function clusterForKills(cluster: Cluster, namespace?: string): KillPlace {
  const place = clusterOwnerStore(cluster, tenancyOf({ namespace }));
  return {
    settings: { target: "kubernetes", ...(namespace !== undefined && { kubernetes: { namespace } }) },
    kinds: [...KINDS, ...(namespace === undefined ? ["Namespace"] : OTHER_KINDS)].sort(),
    async partsOf({ name: stack, owner }) {
      const isOurs = (name = "") => name.startsWith(`nestbox-${stack}-shop-`);
      const isOwned = ({ annotations }: ObjectMeta) => annotations?.[LABEL.owner] === owner;
      const partsOfKind = async (
        query: { readonly apiVersion: string; readonly kind: string; readonly namespace?: string },
        isPart: (object: Listed) => boolean,
      ) =>
        (await listObjects<Listed>(cluster, query))
          .filter(isPart)
          .map(
            ({ metadata: { namespace: own, name } }) =>
              `${own === undefined ? "" : `${own}/`}${name} (${query.kind})`,
          );
      const contents = namespace === undefined ? CONTENTS : [...CONTENTS, ...REST];
      /** The name that has that of the sandbox in it. */
      const nameOf = ({ name, namespace: own }: ObjectMeta) => (namespace === undefined ? own : name);
      const parts = await Promise.all([
        ...contents.map((kind) =>
          partsOfKind(
            { ...kind, ...(namespace !== undefined && { namespace }) },
            ({ metadata }) => isOwned(metadata) || isOurs(nameOf(metadata)),
          ),
        ),
        namespace === undefined
          ? partsOfKind(
              { apiVersion: "v1", kind: "Namespace" },
              ({ metadata }) => isOwned(metadata) || isOurs(metadata.name),
            )
          : [],
        partsOfKind(
          { apiVersion: "coordination.k8s.io/v1", kind: "Lease", namespace: namespace ?? "nestbox-leases" },
          ({ metadata }) => isOwned(metadata) || metadata.name?.startsWith(`${stack}-`) === true,
        ),
        // They outlast their claim.
        partsOfKind(
          { apiVersion: "v1", kind: "PersistentVolume" },
          ({ spec }) => spec?.claimRef !== undefined && isOurs(nameOf(spec.claimRef)),
        ),
      ]);
      return parts.flat().sort();
    },
    anonymousPartsOf: async () => [],
    leftOf: async () => [],
    removeOwned: async (owner) => place.remove(await place.readOwned(owner)),
  };
}
