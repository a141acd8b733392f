import type { PlannedNetwork } from "./plan.ts";

/**
 * What Docker's bridge driver is told about a network:
 * https://docs.docker.com/engine/network/drivers/bridge/#options
 */
export function bridgeOptions({
  internal,
  mtu,
}: Pick<PlannedNetwork, "internal" | "mtu">): Readonly<Record<string, string>> {
  return {
    ...(mtu !== undefined && { "com.docker.network.driver.mtu": String(mtu) }),
    // Docker cuts an internal network off from other networks, but not from its host, which has an address on
    // the bridge.
    ...(internal && { "com.docker.network.bridge.inhibit_ipv4": "true" }),
  };
}
