import { certificateBundle } from "../machine/certificate-bundle.ts";
import { uplinkMtu } from "../machine/uplink.ts";
import type { PlaceNetwork } from "../model/plan/place-network.ts";

/**
 * The network of this machine: NESTBOX_MTU, else the MTU of its uplink; NESTBOX_REGISTRY_MIRROR; and the CA
 * certificates of NESTBOX_CA_BUNDLE or a common tool's variable. The set-up decides the same, so that
 * a plain `pulumi up` makes the same resources as `nestbox up`.
 */
export function placeNetworkFrom(environment: Readonly<Record<string, string | undefined>>): PlaceNetwork {
  const mtu = Number(environment.NESTBOX_MTU);
  const registryMirror = environment.NESTBOX_REGISTRY_MIRROR;
  const certificates = certificateBundle(environment);
  return {
    mtu: Number.isInteger(mtu) && mtu > 0 ? mtu : uplinkMtu(),
    ...(registryMirror ? { registryMirror } : {}),
    ...(certificates ? { certificates } : {}),
  };
}
