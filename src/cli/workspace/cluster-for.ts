import { type Cluster, clusterOf } from "../../kubernetes/api/cluster.ts";
import { readContext } from "../../kubernetes/api/kubeconfig.ts";
import { ownCluster } from "../../setup/provide-cluster.ts";
import { CLUSTER_MIRROR_VARIABLE } from "../../stacks/place-network-from.ts";
import type { Project } from "./project.ts";

/**
 * The cluster of the kubeconfig, else that of nestbox-airgap if it runs. Child processes find the same one.
 * @param context a context of the kubeconfig. Default: that of the settings, else the current one
 * @throws ConfigurationError without a kubeconfig or its context
 */
export async function clusterFor(
  { folder, settings }: Project,
  context: string | undefined = settings.kubernetes.context,
): Promise<Cluster> {
  const { KUBECONFIG } = process.env;
  const own = await ownCluster(folder);
  if (own !== undefined && (!KUBECONFIG || KUBECONFIG === own.kubeconfig)) {
    process.env.KUBECONFIG = own.kubeconfig;
    process.env[CLUSTER_MIRROR_VARIABLE] ??= own.mirror;
  }
  return clusterOf(readContext(context));
}
