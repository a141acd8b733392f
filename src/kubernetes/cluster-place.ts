import type { Job } from "kubernetes-types/batch/v1.js";
import type { Namespace } from "kubernetes-types/core/v1.js";
import type { ObjectMeta } from "kubernetes-types/meta/v1.js";
import { LABEL, type Labels } from "../model/labels.ts";
import { isLease, type OwnedResource } from "../ownership/owned-resource.ts";
import type { PendingRemoval, Place } from "../ownership/place.ts";
import type { Cluster } from "./api/cluster.ts";
import { deleteObject, listObjects } from "./api/objects.ts";
import { leaseObjects } from "./lease-objects.ts";
import { ownerSelector } from "./lowering/object-labels.ts";

/** A cluster as the place of stacks. A namespace holds all of a sandbox. */
export function clusterPlace(cluster: Cluster): Place {
  return {
    leases: leaseObjects(cluster),
    readOwned: (owner) => readOwnedObjects(cluster, owner),
    remove: async (resources) => {
      await Promise.all(resources.map((resource) => removeObject(cluster, resource)));
      return resources.filter(({ labels }) => !isLease(labels)).map(({ kind, name }) => `${kind} ${name}`);
    },
    readRemovals: async (owner) => (await readNamespaces(cluster, owner)).filter(isGoing).map(pendingRemoval),
  };
}

/** Namespaces, Jobs that exist for a lease, and leases. The leases last: each is there before its Job. */
async function readOwnedObjects(
  cluster: Cluster,
  owner: string | undefined,
): Promise<readonly OwnedResource[]> {
  const labels = { ...ownerSelector(owner), [LABEL.lease]: "" };
  const [found, jobs] = await Promise.all([
    readNamespaces(cluster, owner),
    listObjects<Job>(cluster, { apiVersion: "batch/v1", kind: "Job", labels }),
  ]);
  const leases = await leaseObjects(cluster).list(owner);
  const namespaces = found.filter((namespace) => !isGoing(namespace)).map(ownedNamespace);
  const labelsOf = new Map(namespaces.map(({ name, labels: exact }) => [name, exact]));
  return [
    ...namespaces,
    ...jobs.flatMap(({ metadata = {} }) => {
      const { namespace = "", name } = metadata;
      const ofSandbox = labelsOf.get(namespace);
      if (ofSandbox === undefined) return [];
      return [owned("job", `${namespace}/${name}`, metadata, { ...ofSandbox, ...own(metadata.labels) })];
    }),
    ...leases.map((lease) => ({
      ...{ kind: "lease" as const, ...lease, running: false },
      created: Date.parse(lease.labels[LABEL.renewed] ?? ""),
    })),
  ];
}

/** A namespace with its exact labels: annotations have the texts that labels shorten. */
function ownedNamespace({ metadata = {} }: Namespace): OwnedResource {
  return owned("namespace", metadata.name ?? "", metadata, { ...metadata.labels, ...metadata.annotations });
}

/** The labels that a Job has for itself. Those of its owner are shortened. */
function own(labels: Labels = {}): Labels {
  const keys: readonly string[] = [LABEL.kind, LABEL.part, LABEL.lease];
  return Object.fromEntries(Object.entries(labels).filter(([key]) => keys.includes(key)));
}

function owned(
  kind: "namespace" | "job",
  name: string,
  { uid = "", creationTimestamp = "" }: ObjectMeta,
  labels: Labels,
): OwnedResource {
  return { kind, id: uid, name, labels, created: Date.parse(creationTimestamp), running: false };
}

function readNamespaces(cluster: Cluster, owner: string | undefined): Promise<readonly Namespace[]> {
  return listObjects(cluster, { apiVersion: "v1", kind: "Namespace", labels: ownerSelector(owner) });
}

function isGoing({ metadata }: Namespace): boolean {
  return metadata?.deletionTimestamp !== undefined;
}

function pendingRemoval({ metadata = {}, status }: Namespace): PendingRemoval {
  return {
    stack: metadata.annotations?.[LABEL.stack] ?? "",
    resource: `namespace ${metadata.name}`,
    since: Date.parse(metadata.deletionTimestamp ?? ""),
    reason: (status?.conditions ?? [])
      .filter(({ type, status: value }) => HOLDING.includes(type) && value === "True")
      .map(({ message = "" }) => message.replace(/^Some (content|resources) in the namespace/, "its content"))
      .join("; "),
  };
}

/** https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/namespace-v1/#NamespaceStatus */
const HOLDING: readonly string[] = [
  "NamespaceContentRemaining",
  "NamespaceFinalizersRemaining",
  "NamespaceDeletionContentFailure",
];

/** Removes this very object: one of the same name may have been created since. */
async function removeObject(cluster: Cluster, { kind, id, name }: OwnedResource): Promise<void> {
  if (kind === "lease") return leaseObjects(cluster).remove({ name, revision: id });
  const [first = "", second] = name.split("/");
  const reference =
    second === undefined
      ? { apiVersion: "v1", kind: "Namespace", metadata: { name: first } }
      : { apiVersion: "batch/v1", kind: "Job", metadata: { namespace: first, name: second } };
  await deleteObject(cluster, reference, { uid: id });
}
