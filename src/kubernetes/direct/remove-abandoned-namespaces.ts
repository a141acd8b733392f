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
    const found = await listObjects<ObjectReference>(cluster, query);
    await Promise.all(found.map((namespace) => deleteObject(cluster, namespace)));
    return found.map(({ metadata }) => metadata.name ?? "");
  });
}
