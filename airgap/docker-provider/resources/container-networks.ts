import { optional, type RecordOf, record, refused, required, setOf, text } from "../property-shapes.ts";
import type { ContainerBody, Endpoint, InspectedContainer, InspectedEndpoint } from "./container-api.ts";

const networkFields = {
  name: required(text()),
  aliases: optional(setOf(text())),
  driverOpts: optional(setOf(text())),
  // The engine ignores a gateway's priority before API 1.48 instead of refusing it.
  gwPriority: refused,
  ipv4Address: optional(text()),
  ipv6Address: optional(text()),
  linkLocalIps: optional(setOf(text())),
  macAddress: optional(text()),
} as const;

/** One of a container's networks. */
export const networkShape = record(networkFields);

/** One of a container's networks. `name` is the network's name or its id. */
export type ContainerNetwork = RecordOf<typeof networkFields>;

/** What a new container needs to be in its networks. */
export interface NetworkPlan {
  readonly body: ContainerBody;
  /** Networks to connect after the container is made and before it starts: engines before API 1.44 create with one. */
  readonly connectLater: readonly { readonly network: string; readonly endpoint: Endpoint }[];
}

/**
 * How a container gets into its networks. With `networks` it is in those only: Docker's default bridge, which
 * networkMode "bridge" or none would mean, is left out, as the official provider does.
 */
export function networkPlan(
  networkMode: string | undefined,
  networks: readonly ContainerNetwork[] | undefined,
): NetworkPlan {
  const [first, ...others] = networks ?? [];
  if (first === undefined) {
    return { body: networkMode ? { HostConfig: { NetworkMode: networkMode } } : {}, connectLater: [] };
  }
  const ofItsOwn = networkMode !== undefined && !isDefaultNetwork(networkMode);
  if (ofItsOwn && networkMode !== first.name) {
    return {
      body: { HostConfig: { NetworkMode: networkMode } },
      connectLater: [first, ...others].map((network) => ({
        network: network.name,
        endpoint: endpoint(network),
      })),
    };
  }
  return {
    body: {
      HostConfig: { NetworkMode: first.name },
      NetworkingConfig: { EndpointsConfig: { [first.name]: endpoint(first) } },
    },
    connectLater: others.map((network) => ({ network: network.name, endpoint: endpoint(network) })),
  };
}

/** The network mode that a program would have to say: the first of a container's networks is none of its own. */
export function seenNetworkMode(container: InspectedContainer, said: string | undefined): string | undefined {
  const mode = container.HostConfig.NetworkMode ?? "";
  if (mode === said) return said;
  const isOneOfItsNetworks = attachedNetworks(container).some(
    ([name, { NetworkID }]) => mode === name || mode === NetworkID,
  );
  if (isDefaultNetwork(mode) || isOneOfItsNetworks) {
    return said === undefined || isDefaultNetwork(said) ? said : mode;
  }
  return mode || undefined;
}

/** The networks that a container is in, by the names or ids that the program uses for them. */
export function seenNetworks(
  container: InspectedContainer,
  said: readonly ContainerNetwork[] | undefined,
  isImport: boolean,
): readonly ContainerNetwork[] | undefined {
  const mode = container.HostConfig.NetworkMode ?? "";
  const attached = attachedNetworks(container);
  const onlyItsMode =
    said === undefined &&
    attached.every(([name, { NetworkID }]) => {
      return isDefaultNetwork(name) || (!isImport && (name === mode || NetworkID === mode));
    });
  if (onlyItsMode || attached.length === 0) return undefined;
  return attached.map(([name, seen]) => {
    const saidHere = said?.find((network) => network.name === name || network.name === seen.NetworkID);
    return seenNetwork(container, saidHere?.name ?? name, seen, saidHere);
  });
}

function seenNetwork(
  container: InspectedContainer,
  name: string,
  seen: InspectedEndpoint,
  said: ContainerNetwork | undefined,
): ContainerNetwork {
  // Engines before API 1.44 add the container's short id to the aliases.
  const aliases = (seen.Aliases ?? []).filter((alias) => alias !== container.Id.slice(0, 12));
  return {
    name,
    aliases,
    driverOpts: Object.entries(seen.DriverOpts ?? {}).map(([option, value]) => `${option}=${value}`),
    ipv4Address: seen.IPAMConfig?.IPv4Address || undefined,
    ipv6Address: seen.IPAMConfig?.IPv6Address || undefined,
    linkLocalIps: seen.IPAMConfig?.LinkLocalIPs ?? [],
    // The engine shows the address that it chose here, too.
    macAddress: said?.macAddress === undefined ? undefined : seen.MacAddress || said.macAddress,
  };
}

function attachedNetworks(container: InspectedContainer): [string, InspectedEndpoint][] {
  return Object.entries(container.NetworkSettings.Networks ?? {});
}

function isDefaultNetwork(mode: string): boolean {
  return mode === "bridge" || mode === "default";
}

function endpoint(network: ContainerNetwork): Endpoint {
  const addresses = {
    ...(network.ipv4Address ? { IPv4Address: network.ipv4Address } : {}),
    ...(network.ipv6Address ? { IPv6Address: network.ipv6Address } : {}),
    ...(network.linkLocalIps?.length ? { LinkLocalIPs: network.linkLocalIps } : {}),
  };
  return {
    ...(network.aliases?.length ? { Aliases: network.aliases } : {}),
    ...(network.macAddress ? { MacAddress: network.macAddress } : {}),
    ...(network.driverOpts?.length ? { DriverOpts: driverOptions(network.driverOpts) } : {}),
    ...(Object.keys(addresses).length > 0 ? { IPAMConfig: addresses } : {}),
  };
}

/** "name=value" each. */
function driverOptions(options: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    options.map((option) => {
      const at = option.indexOf("=");
      return at < 0 ? [option, ""] : [option.slice(0, at), option.slice(at + 1)];
    }),
  );
}
