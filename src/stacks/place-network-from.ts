import type { PlaceNetwork } from "../model/plan/place-network.ts";

/** The network of this machine, which the set-up describes in the environment: NESTBOX_MTU, NESTBOX_REGISTRY_MIRROR and NESTBOX_CA_BUNDLE. */
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
