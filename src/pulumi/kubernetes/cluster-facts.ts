import * as pulumi from "@pulumi/pulumi";
import { clusterOf } from "../../kubernetes/api/cluster.ts";
import type { KubernetesContext } from "../../kubernetes/api/kubeconfig.ts";
import { clusterPlace } from "../../kubernetes/cluster-place.ts";
import { readSandboxFacts, type SandboxFacts } from "../../kubernetes/sandbox-facts.ts";
import type { ClusterRequest } from "../../stacks/place-in-cluster.ts";
import { ownerOf } from "../../stacks/stack-identity.ts";
import { renewStackLease } from "../renew-stack-lease.ts";

/**
 * What a cluster has of a component's sandbox, once the stack's lease is renewed. A preview renews none.
 * @throws ConfigurationError for a namespace of another owner; as callKubernetes does
 */
export async function clusterFacts(
  context: KubernetesContext,
  namespace: string,
  request: ClusterRequest,
): Promise<SandboxFacts> {
  const cluster = clusterOf(context);
  const isPreview = pulumi.runtime.isDryRun();
  if (!isPreview) await renewStackLease(context.server, clusterPlace(cluster), request);
  const owner = ownerOf(request.identity);
  return readSandboxFacts(cluster, { namespace, owner, waits: !isPreview });
}
