import { certificateBundle } from "../machine/certificate-bundle.ts";
import { uplinkMtu } from "../machine/uplink.ts";
import type { PlaceNetwork } from "../model/plan/place-network.ts";
import type { KubernetesSettings } from "./kubernetes-settings.ts";

/**
 * The network of this machine: NESTBOX_MTU, else the MTU of its uplink; NESTBOX_REGISTRY_MIRROR; and the CA
 * certificates of NESTBOX_CA_BUNDLE or a common tool's variable. The set-up decides the same, so that
 * a plain `pulumi up` makes the same resources as `nestbox up`.
 */
export function placeNetworkFrom(environment: NodeJS.ProcessEnv): PlaceNetwork {
  const mtu = Number(environment.NESTBOX_MTU);
  const registryMirror = environment.NESTBOX_REGISTRY_MIRROR;
  const certificates = certificateBundle(environment);
  return {
    mtu: Number.isInteger(mtu) && mtu > 0 ? mtu : uplinkMtu(),
    ...(registryMirror ? { registryMirror } : {}),
    ...(certificates ? { certificates } : {}),
  };
}

/** The variable with the registry mirror of the cluster that nestbox-airgap started. */
export const CLUSTER_MIRROR_VARIABLE = "NESTBOX_CLUSTER_REGISTRY_MIRROR";

/**
 * The network of a cluster: the mirror of its settings, which its pods reach, and this machine's CA
 * certificates. Its MTU is known to its pods alone.
 */
export function clusterNetworkFrom(
  { registryMirror: ofSettings }: KubernetesSettings,
  environment: NodeJS.ProcessEnv,
): Pick<PlaceNetwork, "registryMirror" | "certificates"> {
  const registryMirror = ofSettings ?? environment[CLUSTER_MIRROR_VARIABLE];
  const certificates = certificateBundle(environment);
  return { ...(registryMirror ? { registryMirror } : {}), ...(certificates ? { certificates } : {}) };
}
