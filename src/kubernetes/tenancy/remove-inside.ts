import type { ObjectMeta } from "kubernetes-types/meta/v1.js";
import { LABEL } from "../../model/labels.ts";
import type { Cluster } from "../api/cluster.ts";
import { isRefused } from "../api/cluster-error.ts";
import type { ObjectReference } from "../api/object-path.ts";
import { deleteObject, deleteObjects, listObjects, readObject, replaceObject } from "../api/objects.ts";
import { DENIAL } from "../lowering/network-policies.ts";
import { nameIn, type SandboxScope, scopeLabels } from "../lowering/sandbox-scope.ts";

export const POLICIES = { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" } as const;

const PODS = { apiVersion: "v1", kind: "Pod" } as const;

/** The kind, by label, of pods without a workload. */
export const PROBE = "probe";

/** What has pods. */
export const WORKLOADS = [
  { apiVersion: "apps/v1", kind: "Deployment" },
  { apiVersion: "batch/v1", kind: "Job" },
] as const;

/** What pods use. A claim stays until they have ended. */
const USED = [
  { apiVersion: "v1", kind: "Service" },
  { apiVersion: "v1", kind: "ConfigMap" },
  { apiVersion: "v1", kind: "Secret" },
  { apiVersion: "v1", kind: "PersistentVolumeClaim" },
] as const;

interface Found extends ObjectReference {
  readonly metadata: ObjectMeta;
}

/**
 * Removes a sandbox from a namespace object by object. No packet follows its policies: they get the workloads
 * as owners, so that the cluster itself removes them once the last pod has ended. Works again after it was
 * interrupted.
 * @param uid that of its root. @default any
 */
export async function removeInside(cluster: Cluster, scope: SandboxScope, uid?: string): Promise<void> {
  const { namespace } = scope;
  const query = { namespace, labels: scopeLabels(scope) };
  const probes = { ...PODS, namespace, labels: { ...query.labels, [LABEL.kind]: PROBE } };
  const root = { ...POLICIES, metadata: { namespace, name: nameIn(scope, DENIAL) } };
  const [found, policies, ...lists] = await Promise.all([
    readObject<Found>(cluster, root),
    listObjects<Found>(cluster, { ...POLICIES, ...query }),
    // Those that have lost their workload, too.
    listObjects<Found>(cluster, { ...PODS, ...query }),
    ...WORKLOADS.map((kind) => listObjects<Found>(cluster, { ...kind, ...query })),
  ]);
  if (uid !== undefined && found?.metadata.uid !== uid) return;
  const owners = lists.flat();
  if (owners.length > 0) await Promise.all(policies.map((policy) => giveOwners(cluster, policy, owners)));
  await Promise.all(USED.map((kind) => deleteObjects(cluster, { ...kind, ...query })));
  await Promise.all(
    [probes, ...WORKLOADS.map((kind) => ({ ...kind, ...query }))].map((objects) =>
      deleteObjects(cluster, objects, "Foreground"),
    ),
  );
  if (owners.length > 0) return;
  const isRoot = ({ metadata }: Found) => metadata.name === root.metadata.name;
  await Promise.all(policies.filter((one) => !isRoot(one)).map((one) => deleteObject(cluster, one)));
  await deleteObject(cluster, root);
}

async function giveOwners(cluster: Cluster, policy: Found, owners: readonly Found[]): Promise<void> {
  const ownerReferences = owners.map(({ apiVersion, kind, metadata: { name = "", uid = "" } }) => ({
    ...{ apiVersion, kind, name, uid },
  }));
  const { resourceVersion: _, ...metadata } = policy.metadata;
  const owned = { ...policy, metadata: { ...metadata, ownerReferences } };
  await replaceObject(cluster, owned).catch((error: unknown) => {
    if (!isRefused(error, "NotFound")) throw error;
  });
}
