import type { PlaceNetwork } from "../model/plan/place-network.ts";
import { certificateBundle } from "./certificate-bundle.ts";
import type { Environment } from "./environment.ts";
import { uplinkMtu } from "./uplink.ts";

/**
 * The network of this machine: NESTBOX_MTU, else the MTU of its uplink; NESTBOX_REGISTRY_MIRROR; and the CA
 * certificates of NESTBOX_CA_BUNDLE or a common tool's variable. The set-up decides the same, so that
 * a plain `pulumi up` makes the same resources as `nestbox up`.
 */
export function placeNetworkFrom(environment: Environment): PlaceNetwork {
  const mtu = Number(environment.NESTBOX_MTU);
  const registryMirror = environment.NESTBOX_REGISTRY_MIRROR;
  const certificates = certificateBundle(environment);
  return {
    mtu: Number.isInteger(mtu) && mtu > 0 ? mtu : uplinkMtu(),
    ...(registryMirror ? { registryMirror } : {}),
    ...(certificates ? { certificates } : {}),
  };
}
