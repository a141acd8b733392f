import type { Namespace } from "kubernetes-types/core/v1.js";
import type { Cluster } from "../api/cluster.ts";
import { KubernetesForbidden } from "../api/cluster-error.ts";
import { deleteObject, listObjects, readObject } from "../api/objects.ts";
import { requireAllowed } from "../api/require-allowed.ts";
import { ownerSelector } from "../lowering/object-labels.ts";
import type { FoundRoot, Tenancy } from "./tenancy.ts";

/** Each sandbox has a namespace of its own, which takes all of it along. */
export const OWN_NAMESPACES: Tenancy = {
  noun: "namespace",
  // A sandbox's own does not exist yet when its lease is taken.
  leases: { namespace: "nestbox-leases", createsNamespace: true },
  requireUsable: requireNamespaces,
  readRoot: async (cluster, { namespace }) => {
    const found = await readObject<Namespace>(cluster, reference(namespace));
    return found && rootOf(found);
  },
  readRoots: async (cluster, owner) => {
    const query = { apiVersion: "v1", kind: "Namespace", labels: ownerSelector(owner) };
    return (await listObjects<Namespace>(cluster, query)).map(rootOf);
  },
  remove: async (cluster: Cluster, { namespace }, uid) => {
    await deleteObject(cluster, reference(namespace), uid === undefined ? undefined : { uid });
  },
};

/** @throws KubernetesForbidden that names the setting with which no namespace has to be created */
async function requireNamespaces(cluster: Cluster): Promise<void> {
  try {
    await Promise.all(["create", "delete"].map((verb) => requireAllowed(cluster, verb, "namespaces")));
  } catch (error) {
    if (!(error instanceof KubernetesForbidden)) throw error;
    const { namespace = "default" } = cluster.context;
    const instead =
      "run inside a namespace that exists by kubernetes.namespace or --namespace; " +
      `that of the context is ${namespace}, which may be production`;
    throw new KubernetesForbidden(error.problem, { ...error.context, instead });
  }
}

function reference(name: string) {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name } };
}

function rootOf({ metadata = {}, status }: Namespace): FoundRoot {
  const { name = "", deletionTimestamp } = metadata;
  const root = { scope: { namespace: name }, metadata };
  if (deletionTimestamp === undefined) return root;
  const reason = (status?.conditions ?? [])
    .filter(({ type, status: value }) => HOLDING.includes(type) && value === "True")
    .map(({ message = "" }) => message.replace(/^Some (content|resources) in the namespace/, "its content"))
    .join("; ");
  return { ...root, removal: { since: Date.parse(deletionTimestamp), reason, isInterrupted: false } };
}

/** https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/namespace-v1/#NamespaceStatus */
const HOLDING: readonly string[] = [
  "NamespaceContentRemaining",
  "NamespaceFinalizersRemaining",
  "NamespaceDeletionContentFailure",
];
