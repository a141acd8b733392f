import type { SelfSubjectAccessReview } from "kubernetes-types/authorization/v1.js";
import type { Cluster } from "./cluster.ts";
import { KubernetesForbidden } from "./cluster-error.ts";
import type { ObjectReference } from "./object-path.ts";
import { createObject } from "./objects.ts";

/**
 * Asks the cluster whether the context's user may do something, before work that could not be undone
 * otherwise.
 * @param resource the plural name of a resource of the core group, in all namespaces
 * @throws KubernetesForbidden; as callKubernetes does
 */
export async function requireAllowed(cluster: Cluster, verb: string, resource: string): Promise<void> {
  const { status } = await createObject<ObjectReference & SelfSubjectAccessReview>(cluster, {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SelfSubjectAccessReview",
    metadata: {},
    spec: { resourceAttributes: { verb, resource } },
  });
  if (status?.allowed) return;
  throw new KubernetesForbidden(
    `Kubernetes context "${cluster.context.name}": its user cannot ${verb} resource "${resource}"`,
  );
}
