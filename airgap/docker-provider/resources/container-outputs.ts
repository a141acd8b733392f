import { inputsAsSeen } from "../property-table.ts";
import { definedOnly, type Properties, type PropertyValue } from "../property-values.ts";
import type { InspectedContainer } from "./container-api.ts";
import {
  type ContainerRow,
  containerProperties,
  portList,
  type SeenContainer,
} from "./container-properties.ts";

/** Outputs of a container that only the engine knows, unless the program sets them. */
export const computedContainerOutputs = [
  "bridge",
  "command",
  "containerLogs",
  "entrypoints",
  "envs",
  "exitCode",
  "healthcheck",
  "hostname",
  "init",
  "ipcMode",
  "labels",
  "logDriver",
  "name",
  "networkDatas",
  "platform",
  "runtime",
  "securityOpts",
  "shmSize",
  "stopSignal",
  "stopTimeout",
] as const;

/**
 * The outputs of a container: its inputs, and what the engine made of it. Environment variables and labels of the
 * image are left out, as the official provider does.
 *
 * @param logs its whole output, when that was asked for
 */
export function containerOutputs(
  inputs: Properties,
  container: InspectedContainer,
  logs?: string,
): Properties {
  const { Config, HostConfig, State } = container;
  return definedOnly({
    bridge: "",
    command: Config.Cmd ?? [],
    entrypoints: Config.Entrypoint ?? [],
    envs: [],
    exitCode: State.ExitCode,
    hostname: Config.Hostname,
    init: HostConfig.Init ?? false,
    ipcMode: HostConfig.IpcMode,
    labels: [],
    logDriver: HostConfig.LogConfig?.Type,
    platform: container.Platform,
    runtime: HostConfig.Runtime,
    securityOpts: HostConfig.SecurityOpt ?? [],
    shmSize: Math.round((HostConfig.ShmSize ?? 0) / (1024 * 1024)),
    stopSignal: Config.StopSignal,
    stopTimeout: Config.StopTimeout,
    ...inputs,
    ...(inputs.ports === undefined ? {} : { ports: portList(boundPorts(container)).map(definedOnly) }),
    networkDatas: networkDatas(container),
    containerLogs: logs,
  });
}

/**
 * What the program would have to say to get the container as it is. A property that means the same as what it said
 * keeps its words.
 *
 * @param said undefined when nobody said anything: the container is being imported
 */
export function containerInputs(seen: SeenContainer, said: Properties | undefined): Properties {
  const rows = Object.entries<ContainerRow | { need: "refused" }>(containerProperties);
  const read = rows.map(([name, row]): [string, PropertyValue | undefined] => {
    if (name === "mustRun") return [name, isStopped(seen, said) ? false : said?.mustRun];
    if (row.need === "refused" || !("read" in row) || row.read === undefined) return [name, said?.[name]];
    return [name, plain(row.read(seen, (said?.[name] ?? undefined) as never))];
  });
  return inputsAsSeen(containerProperties, Object.fromEntries(read), said);
}

/** A container that should run and does not is seen as one that need not: the next update starts it. */
function isStopped({ container: { State } }: SeenContainer, said: Properties = {}): boolean {
  return !State.Running && !State.Restarting && said.start !== false && said.attach !== true;
}

/** The ports as they are bound now: a stopped container has none, only the wish for them. */
function boundPorts({ NetworkSettings, HostConfig }: InspectedContainer) {
  const bound = NetworkSettings.Ports ?? {};
  return Object.values(bound).some((bindings) => bindings !== null) ? bound : HostConfig.PortBindings;
}

function networkDatas({ NetworkSettings }: InspectedContainer): PropertyValue {
  return Object.entries(NetworkSettings.Networks ?? {}).map(([networkName, network]) => ({
    networkName,
    gateway: network.Gateway ?? "",
    globalIpv6Address: network.GlobalIPv6Address ?? "",
    globalIpv6PrefixLength: network.GlobalIPv6PrefixLen ?? 0,
    ipAddress: network.IPAddress ?? "",
    ipPrefixLength: network.IPPrefixLen ?? 0,
    ipv6Gateway: network.IPv6Gateway ?? "",
    macAddress: network.MacAddress ?? "",
  }));
}

/** Without fields that are undefined, at any depth: the engine's protocol has no such value. */
function plain(value: PropertyValue | undefined): PropertyValue | undefined {
  return value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as PropertyValue);
}
