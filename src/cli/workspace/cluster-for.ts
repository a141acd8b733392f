import { type Cluster, clusterOf } from "../../kubernetes/api/cluster.ts";
import { readContext } from "../../kubernetes/api/kubeconfig.ts";
import { ownKubeconfig } from "../../setup/provide-cluster.ts";
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
  const own = process.env.KUBECONFIG ? undefined : await ownKubeconfig(folder);
  if (own !== undefined) process.env.KUBECONFIG = own;
  return clusterOf(readContext(context));
}
