import * as pulumi from "@pulumi/pulumi";
import { type Cluster, clusterOf } from "../../kubernetes/api/cluster.ts";
import type { KubernetesContext } from "../../kubernetes/api/kubeconfig.ts";
import { clusterPlace } from "../../kubernetes/cluster-place.ts";
import { readSandboxFacts, type SandboxFacts } from "../../kubernetes/sandbox-facts.ts";
import { LABEL } from "../../model/labels.ts";
import type { ClusterRequest } from "../../stacks/place-in-cluster.ts";
import { ownerOf } from "../../stacks/stack-identity.ts";
import { renewStackLease } from "../renew-stack-lease.ts";

/** The clusters on which this program has renewed the stack's lease, by address. */
const renewed = new Map<string, Promise<void>>();

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
  if (!isPreview) {
    const renewal = renewed.get(context.server) ?? renewInCluster(cluster, request);
    renewed.set(context.server, renewal);
    await renewal;
  }
  const owner = ownerOf(request.identity);
  return readSandboxFacts(cluster, { namespace, owner, waits: !isPreview });
}

function renewInCluster(cluster: Cluster, request: ClusterRequest): Promise<void> {
  const place = clusterPlace(cluster);
  return renewStackLease(place, request, async ({ [LABEL.owner]: owner }) =>
    (await place.readOwned(owner)).some(({ kind }) => kind === "namespace"),
  );
}
