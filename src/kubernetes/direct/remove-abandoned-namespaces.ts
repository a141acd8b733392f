import type { Namespace } from "kubernetes-types/core/v1.js";
import { LABEL } from "../../model/labels.ts";
import { removeAbandoned } from "../../ownership/abandoned-sandboxes.ts";
import type { Cluster } from "../api/cluster.ts";
import type { ObjectReference } from "../api/object-path.ts";
import { deleteObject, listObjects } from "../api/objects.ts";
import { leaseObjects } from "../lease-objects.ts";
import { labelValue } from "../lowering/object-labels.ts";

/** Removes the namespaces of killed commands, as {@link removeAbandoned} does. Returns their names. */
export function removeAbandonedNamespaces(cluster: Cluster): Promise<readonly string[]> {
  return removeAbandoned(leaseObjects(cluster), async (owner) => {
    const labels = { [LABEL.owner]: labelValue(owner) };
    const query = { apiVersion: "v1", kind: "Namespace", labels };
    const found = await listObjects<ObjectReference & Namespace>(cluster, query);
    // One that is going was removed, and reported, by an earlier command.
    const left = found.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    await Promise.all(left.map((namespace) => deleteObject(cluster, namespace)));
    return left.map(({ metadata }) => metadata.name ?? "");
  });
}
