import type { PlaceNetwork } from "../model/plan/place-network.ts";

/**
 * The network of this machine, from the set-up's variables: NESTBOX_MTU, NESTBOX_REGISTRY_MIRROR and
 * NESTBOX_CA_BUNDLE.
 */
export function placeNetworkFrom(environment: Readonly<Record<string, string | undefined>>): PlaceNetwork {
  const mtu = Number(environment.NESTBOX_MTU);
  const registryMirror = environment.NESTBOX_REGISTRY_MIRROR;
  const certificates = environment.NESTBOX_CA_BUNDLE;
  return {
    ...(Number.isInteger(mtu) && mtu > 0 ? { mtu } : {}),
    ...(registryMirror ? { registryMirror } : {}),
    ...(certificates ? { certificates } : {}),
  };
}
