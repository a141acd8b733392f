import { LABEL } from "../../model/labels.ts";
import { isHeld, type Lease, readLeases } from "../../ownership/lease.ts";
import type { Cluster } from "../api/cluster.ts";
import type { ObjectReference } from "../api/object-path.ts";
import { deleteObject, listObjects } from "../api/objects.ts";
import { leaseObjects } from "../lease-objects.ts";
import { labelValue } from "../lowering/object-labels.ts";

/**
 * Removes the namespaces of killed commands: those without a stack whose lease nobody holds any more. One
 * request if there are none.
 * @returns the names of the removed namespaces
 */
export async function removeAbandonedNamespaces(cluster: Cluster): Promise<readonly string[]> {
  const store = leaseObjects(cluster);
  const leases = (await readLeases(store)).filter(({ covers }) => covers === "sandbox");
  if (leases.length === 0) return [];
  const now = await store.now();
  const over = leases.filter((lease) => !isHeld(lease, now));
  const removed = await Promise.all(over.map((lease) => removeNamespaces(cluster, lease, now)));
  return removed.flat();
}

async function removeNamespaces(cluster: Cluster, lease: Lease, now: number): Promise<readonly string[]> {
  const labels = { [LABEL.owner]: labelValue(lease.owner) };
  const query = { apiVersion: "v1", kind: "Namespace", labels };
  const found = await listObjects<ObjectReference>(cluster, query);
  await Promise.all(found.map((namespace) => deleteObject(cluster, namespace)));
  // The API server may still work on the last request of a killed command. Until then its lease stays.
  const isExpired = typeof lease.expires !== "number" || lease.expires <= now;
  if (isExpired) await leaseObjects(cluster).remove(lease);
  return found.map(({ metadata }) => metadata.name ?? "");
}
