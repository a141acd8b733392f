import type * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import type { ContainerBody, DockerContainer, HostBody } from "../../docker/lowering/container.ts";
import type { HealthcheckBody } from "../../docker/lowering/healthcheck.ts";
import type { Labels } from "../../model/labels.ts";
import { ConfigurationError } from "../../model/problem.ts";
import type { BindText } from "../sandbox/secrets.ts";
import { labelList } from "./label-list.ts";
import { formatCpus, formatDuration } from "./provider-format.ts";
import type { Upload } from "./uploads.ts";

/** The values of a container that other resources and secrets provide. */
export interface ContainerReferences {
  readonly imageId: pulumi.Input<string>;
  /** The name on the engine of a network or volume with this planned name. */
  readonly nameOf: (planned: string) => pulumi.Input<string>;
  readonly uploads: readonly Upload[];
  /** With the values that resources on the engine require. */
  readonly labels: pulumi.Output<Labels>;
  readonly bind: BindText;
}

/**
 * A container of the Engine API as arguments of @pulumi/docker. Pure. The provider takes memory in MiB only,
 * so it is rounded up. A number of CPUs that the provider would read back differently becomes a CPU quota.
 * The provider creates the container on the default bridge before it connects the networks.
 * @param place the container's name in errors: `shop.services.database`
 * @throws ConfigurationError for properties that the provider rejects: see {@link requireProviderSupport}
 */
export function containerArgs(
  place: string,
  { body, connections }: Pick<DockerContainer, "body" | "connections">,
  { imageId, nameOf, uploads, labels, bind }: ContainerReferences,
): docker.ContainerArgs {
  const { entrypoint, command } = wordsOf(body, place);
  const networks = [
    ...Object.entries(body.NetworkingConfig.EndpointsConfig),
    ...connections.map(({ Network, EndpointConfig }) => [Network, EndpointConfig] as const),
  ];
  return {
    image: imageId,
    ...(entrypoint && { entrypoints: [...entrypoint] }),
    ...(command && { command: [...command] }),
    envs: body.Env.map((variable) => bind(variable)),
    // Docker reports this name. Any other would be a difference at each refresh.
    networkMode: "bridge",
    networksAdvanced: networks.map(([network, { Aliases }]) => ({
      name: nameOf(network),
      aliases: [...Aliases],
    })),
    ...hostArgs(body.HostConfig, nameOf),
    ...(uploads.length > 0 && { uploads: [...uploads] }),
    ...(body.User !== undefined && { user: body.User }),
    ...(body.Healthcheck && { healthcheck: healthcheckArgs(body.Healthcheck) }),
    ...(body.StopSignal !== undefined && { stopSignal: body.StopSignal }),
    stopTimeout: body.StopTimeout,
    // Without a grace period the provider kills the container at once.
    destroyGraceSeconds: body.StopTimeout,
    removeVolumes: true,
    restart: "no",
    labels: labels.apply(labelList),
  };
}

/**
 * Checks that Pulumi's Docker provider can create the container.
 * @param place the container's name in errors: `shop.services.database`
 * @throws ConfigurationError for a property that the provider rejects or reads back differently: every `up`
 * would then replace the container
 */
export function requireProviderSupport(place: string, { body }: Pick<DockerContainer, "body">): void {
  const host = body.HostConfig.ExtraHosts?.map(hostEntry).find(({ ip }) => ip.includes(":"));
  if (host !== undefined) {
    throw new ConfigurationError(
      `${place}.extraHosts["${host.host}"]: Pulumi's Docker provider does not support IPv6 addresses; ` +
        "use an IPv4 address",
    );
  }
  wordsOf(body, place);
}

export function healthcheckArgs(healthcheck: HealthcheckBody) {
  return {
    tests: [...healthcheck.Test],
    interval: formatDuration(healthcheck.Interval),
    timeout: formatDuration(healthcheck.Timeout),
    retries: healthcheck.Retries,
    startPeriod: formatDuration(healthcheck.StartPeriod),
    startInterval: formatDuration(healthcheck.StartInterval),
  };
}

/**
 * Entrypoint and command in a form that the provider supports: it drops an empty entrypoint and rejects empty
 * words in a command. Docker concatenates both, so words may move between them.
 */
function wordsOf(
  { Entrypoint: entrypoint, Cmd: command = [] }: Pick<ContainerBody, "Entrypoint" | "Cmd">,
  place: string,
): { readonly entrypoint?: readonly string[]; readonly command?: readonly string[] } {
  const words = entrypoint && [...entrypoint, ...command];
  if (words?.length === 0) {
    throw new ConfigurationError(`${place}.entrypoint: is empty, as is the command; set a command`);
  }
  if (words !== undefined && (entrypoint?.length === 0 || command.includes(""))) return { entrypoint: words };
  if (command.includes("")) {
    throw new ConfigurationError(
      `${place}.command: has an empty word, which Pulumi's Docker provider rejects; ` +
        "set the service's entrypoint, too",
    );
  }
  return { ...(entrypoint && { entrypoint }), ...(command.length > 0 && { command }) };
}

function hostArgs(host: HostBody, nameOf: ContainerReferences["nameOf"]): Partial<docker.ContainerArgs> {
  return {
    ...(host.ExtraHosts && { hosts: host.ExtraHosts.map(hostEntry) }),
    ...(host.Mounts && {
      mounts: host.Mounts.map(({ Type, Source, Target, ReadOnly }) => ({
        type: Type,
        source: nameOf(Source),
        target: Target,
        readOnly: ReadOnly,
      })),
    }),
    ...(host.Tmpfs && { tmpfs: host.Tmpfs }),
    ...(host.Memory !== undefined && { memory: mebibytes(host.Memory) }),
    ...(host.MemorySwap !== undefined && { memorySwap: mebibytes(host.MemorySwap) }),
    ...(host.NanoCpus !== undefined && cpuArgs(host.NanoCpus)),
    ...(host.Privileged && { privileged: true }),
    ...(host.Init && { init: true }),
    ...(host.PortBindings && { ports: portArgs(host.PortBindings) }),
  };
}

function hostEntry(entry: string): { readonly host: string; readonly ip: string } {
  const [host = "", ...address] = entry.split(":");
  return { host, ip: address.join(":") };
}

function mebibytes(bytes: number): number {
  return Math.ceil(bytes / 1024 ** 2);
}

/** The period of a CPU quota, in microseconds. */
const CPU_PERIOD = 100_000;

function cpuArgs(nanoCpus: number): Partial<docker.ContainerArgs> {
  const cpus = nanoCpus / 1e9;
  const formatted = formatCpus(cpus);
  if (formatted !== undefined) return { cpus: formatted };
  return { cpuPeriod: CPU_PERIOD, cpuQuota: Math.max(1000, Math.round(cpus * CPU_PERIOD)) };
}

/** The published ports, in the order in which the provider reads them back. */
function portArgs(bindings: NonNullable<HostBody["PortBindings"]>) {
  return Object.entries(bindings)
    .flatMap(([port, hosts]) =>
      hosts.map(({ HostIp, HostPort }) => ({
        internal: Number.parseInt(port, 10),
        ip: HostIp,
        ...(HostPort !== "0" && { external: Number(HostPort) }),
      })),
    )
    .sort((one, other) => one.internal - other.internal);
}
