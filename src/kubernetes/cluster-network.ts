import { certificateBundle } from "../machine/certificate-bundle.ts";
import type { Environment } from "../machine/environment.ts";
import type { PlaceNetwork } from "../model/plan/place-network.ts";
import type { KubernetesSettings } from "./kubernetes-settings.ts";

/** The variable with the registry mirror of the cluster that nestbox-airgap started. */
export const CLUSTER_MIRROR_VARIABLE = "NESTBOX_CLUSTER_REGISTRY_MIRROR";

/**
 * The network of a cluster: the mirror of its settings, which its pods reach, and this machine's CA
 * certificates. Its MTU is known to its pods alone.
 */
export function clusterNetworkFrom(
  { registryMirror: ofSettings }: KubernetesSettings,
  environment: Environment,
): Pick<PlaceNetwork, "registryMirror" | "certificates"> {
  const registryMirror = ofSettings ?? environment[CLUSTER_MIRROR_VARIABLE];
  const certificates = certificateBundle(environment);
  return { ...(registryMirror ? { registryMirror } : {}), ...(certificates ? { certificates } : {}) };
}
