/**
 * The options of Docker's bridge driver for a network:
 * https://docs.docker.com/engine/network/drivers/bridge/#options
 * @param mtu the largest packet, in bytes. Default: Docker's own
 */
export function bridgeOptions(internal: boolean, mtu?: number | string): Readonly<Record<string, string>> {
  return {
    ...(mtu !== undefined && { "com.docker.network.driver.mtu": String(mtu) }),
    // Docker cuts an internal network off from other networks, but not from its host, which has an address on
    // the bridge.
    ...(internal && { "com.docker.network.bridge.inhibit_ipv4": "true" }),
  };
}

/**
 * The same as Podman reports them. It has none that takes the host's address from an internal network.
 * https://docs.podman.io/en/latest/markdown/podman-network-create.1.html
 */
export function podmanOptions(mtu?: number): Readonly<Record<string, string>> {
  return mtu === undefined ? {} : { mtu: String(mtu) };
}
