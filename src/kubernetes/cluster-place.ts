import type { Namespace } from "kubernetes-types/core/v1.js";
import type { ObjectMeta } from "kubernetes-types/meta/v1.js";
import { LABEL, type Labels } from "../model/labels.ts";
import { isLease, type OwnedResource } from "../ownership/owned-resource.ts";
import type { PendingRemoval, Place } from "../ownership/place.ts";
import type { Cluster } from "./api/cluster.ts";
import { KubernetesRefused } from "./api/cluster-error.ts";
import { deleteObject, listObjects } from "./api/objects.ts";
import { leaseObjects } from "./lease-objects.ts";
import { labelValue } from "./lowering/object-labels.ts";

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
  const [found, jobs] = await Promise.all([
    readNamespaces(cluster, owner),
    listObjects<{ readonly metadata?: ObjectMeta }>(cluster, {
      ...{ apiVersion: "batch/v1", kind: "Job" },
      labels: { [LABEL.lease]: "", ...ofOwner(owner) },
    }),
  ]);
  const leases = await leaseObjects(cluster).list(owner);
  const namespaces = found.filter((namespace) => !isGoing(namespace));
  const labelsOf = new Map(namespaces.map((one) => [one.metadata?.name, exactLabels(one)]));
  return [
    ...namespaces.map((one) =>
      owned("namespace", one.metadata?.name ?? "", one.metadata ?? {}, exactLabels(one)),
    ),
    ...jobs.flatMap(({ metadata = {} }) => {
      const ofSandbox = labelsOf.get(metadata.namespace);
      if (ofSandbox === undefined) return [];
      const name = `${metadata.namespace}/${metadata.name}`;
      return [owned("job", name, metadata, { ...ofSandbox, ...own(metadata.labels) })];
    }),
    ...leases.map(({ id, name, labels }) => ({
      ...{ kind: "lease" as const, id, name, labels },
      created: Date.parse(labels[LABEL.renewed] ?? ""),
      running: false,
    })),
  ];
}

/** Annotations have the texts that labels shorten. */
function exactLabels({ metadata = {} }: Namespace): Labels {
  return { ...metadata.labels, ...metadata.annotations };
}

/** The labels that a Job has for itself. Those of its owner are shortened. */
function own(labels: Labels = {}): Labels {
  return Object.fromEntries(
    [LABEL.kind, LABEL.part, LABEL.lease].flatMap((key) => (key in labels ? [[key, labels[key] ?? ""]] : [])),
  );
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
  return listObjects<Namespace>(cluster, { apiVersion: "v1", kind: "Namespace", labels: ofOwner(owner) });
}

function ofOwner(owner: string | undefined): Labels {
  return { [LABEL.owner]: owner === undefined ? "" : labelValue(owner) };
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
  await deleteObject(cluster, reference, { uid: id }).catch((error: unknown) => {
    if (!(error instanceof KubernetesRefused && error.reason === "Conflict")) throw error;
  });
}
