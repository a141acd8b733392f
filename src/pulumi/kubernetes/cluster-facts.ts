import * as pulumi from "@pulumi/pulumi";
import { clusterOf } from "../../kubernetes/api/cluster.ts";
import type { KubernetesContext } from "../../kubernetes/api/kubeconfig.ts";
import { clusterOwnerStore } from "../../kubernetes/owner-store.ts";
import { scopeOf } from "../../kubernetes/place/placement.ts";
import { readSandboxFacts, type SandboxFacts } from "../../kubernetes/sandbox-facts.ts";
import { tenancyOf } from "../../kubernetes/tenancy/tenancy-of.ts";
import { renewStackLease } from "../renew-stack-lease.ts";
import type { PreparedClusterSandbox } from "./prepare-cluster-sandbox.ts";

/**
 * What a cluster has of a component's sandbox, once the stack's lease is renewed. A preview renews none.
 * @throws ConfigurationError for a namespace of another owner; as callKubernetes does
 */
export async function clusterFacts(
  context: KubernetesContext,
  { stack, request }: Pick<PreparedClusterSandbox, "stack" | "request">,
): Promise<SandboxFacts> {
  const cluster = clusterOf(context, process.env);
  const isPreview = pulumi.runtime.isDryRun();
  const tenancy = tenancyOf(request.settings);
  if (!isPreview) await renewStackLease(context.server, clusterOwnerStore(cluster, tenancy), stack);
  const { owner } = request.ownership;
  const scope = scopeOf(request.ownership, request.settings);
  return readSandboxFacts(cluster, tenancy, { scope, owner, waits: !isPreview });
}
