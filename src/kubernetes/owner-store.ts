import type { Job } from "kubernetes-types/batch/v1.js";
import type { ObjectMeta } from "kubernetes-types/meta/v1.js";
import { LABEL, type Labels } from "../model/labels.ts";
import { isLease, type OwnedResource } from "../ownership/owned-resource.ts";
import type { OwnerStore, PendingRemoval } from "../ownership/owner-store.ts";
import type { Cluster } from "./api/cluster.ts";
import { deleteObject, listObjects } from "./api/objects.ts";
import { leaseObjects } from "./lease-objects.ts";
import { ownerSelector } from "./lowering/object-labels.ts";
import { scopeName, scopeNamed } from "./lowering/sandbox-scope.ts";
import { OWN_NAMESPACES } from "./tenancy/own-namespaces.ts";
import { type FoundRoot, isGoing, type Tenancy } from "./tenancy/tenancy.ts";

/**
 * A cluster as the place of stacks. The root of a sandbox stands for all of it.
 * @param tenancy default: each sandbox has a namespace of its own
 */
export function clusterOwnerStore(cluster: Cluster, tenancy: Tenancy = OWN_NAMESPACES): OwnerStore {
  const store = { cluster, tenancy, leases: leaseObjects(cluster, tenancy) };
  return {
    leases: store.leases,
    readOwned: (owner) => readOwnedObjects(store, owner),
    remove: async (resources) => {
      await Promise.all(resources.map((resource) => removeResource(store, resource)));
      return resources.filter(({ labels }) => !isLease(labels)).map(({ kind, name }) => `${kind} ${name}`);
    },
    readRemovals: async (owner) =>
      (await tenancy.readRoots(cluster, owner)).filter(isGoing).map((root) => pendingRemoval(tenancy, root)),
  };
}

interface ClusterStore extends Pick<OwnerStore, "leases"> {
  readonly cluster: Cluster;
  readonly tenancy: Tenancy;
}

/** Roots, Jobs that exist for a lease, and leases. The leases last: each is there before its Job. */
async function readOwnedObjects(
  { cluster, tenancy, leases }: ClusterStore,
  owner: string | undefined,
): Promise<readonly OwnedResource[]> {
  const { namespace, createsNamespace } = tenancy.leases;
  const [sandboxes, jobs] = await Promise.all([
    ownedSandboxes(cluster, tenancy, owner),
    listObjects<Job>(cluster, {
      ...{ apiVersion: "batch/v1", kind: "Job" },
      ...(!createsNamespace && { namespace }),
      labels: { ...ownerSelector(owner), [LABEL.lease]: "" },
    }),
  ]);
  const held = await leases.list(owner);
  const labelsOf = new Map(sandboxes.map(({ name, labels: exact }) => [name, exact]));
  return [
    ...sandboxes,
    ...jobs.flatMap(({ metadata = {} }) => {
      const ofSandbox = labelsOf.get(sandboxOf(metadata));
      if (ofSandbox === undefined) return [];
      const name = `${metadata.namespace}/${metadata.name}`;
      return [owned("job", name, metadata, { ...ofSandbox, ...own(metadata.labels) })];
    }),
    ...held.map((lease) => ({
      ...{ kind: "lease" as const, ...lease, running: false },
      created: Date.parse(lease.labels[LABEL.renewed] ?? ""),
    })),
  ];
}

/** The name of the sandbox that an object is part of. */
export function sandboxOf({ namespace = "", labels = {} }: ObjectMeta): string {
  const instance = (labels as Labels)[LABEL.instance];
  return scopeName({ namespace, ...(instance !== undefined && { instance }) });
}

/** The roots of an owner's sandboxes, without those that are being removed. */
export async function ownedSandboxes(
  cluster: Cluster,
  tenancy: Tenancy,
  owner: string | undefined,
): Promise<readonly OwnedResource[]> {
  const found = await tenancy.readRoots(cluster, owner);
  return found.filter((root) => !isGoing(root)).map((root) => ownedSandbox(tenancy, root));
}

/** A sandbox with its exact labels: annotations have the texts that labels shorten. */
function ownedSandbox({ noun }: Tenancy, { scope, metadata }: FoundRoot): OwnedResource {
  return owned(noun, scopeName(scope), metadata, { ...metadata.labels, ...metadata.annotations });
}

/** The labels that a Job has for itself. Those of its owner are shortened. */
function own(labels: Labels = {}): Labels {
  const keys: readonly string[] = [LABEL.kind, LABEL.part, LABEL.lease];
  return Object.fromEntries(Object.entries(labels).filter(([key]) => keys.includes(key)));
}

function owned(
  kind: Tenancy["noun"] | "job",
  name: string,
  { uid = "", creationTimestamp = "" }: ObjectMeta,
  labels: Labels,
): OwnedResource {
  return { kind, id: uid, name, labels, created: Date.parse(creationTimestamp), running: false };
}

function pendingRemoval({ noun }: Tenancy, { scope, metadata, removal }: FoundRoot): PendingRemoval {
  return {
    stack: (metadata.annotations as Labels | undefined)?.[LABEL.stack] ?? "",
    resource: `${noun} ${scopeName(scope)}`,
    since: removal?.since ?? 0,
    reason: removal?.reason ?? "",
  };
}

/** Removes this very object: one of the same name may have been created since. */
async function removeResource(
  { cluster, tenancy, leases }: ClusterStore,
  { kind, id, name }: OwnedResource,
): Promise<void> {
  if (kind === "lease") return leases.remove({ name, revision: id });
  if (kind !== "job") return tenancy.remove(cluster, scopeNamed(name), id);
  const [namespace, job] = name.split("/");
  const metadata = { namespace, name: job };
  await deleteObject(cluster, { apiVersion: "batch/v1", kind: "Job", metadata }, { uid: id });
  // The files of a run have the name of its Job, which no other run gets.
  await deleteObject(cluster, { apiVersion: "v1", kind: "ConfigMap", metadata });
}
