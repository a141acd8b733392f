import type * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import type {
  ContainerBody,
  DockerContainer,
  HostBody,
  NetworkConnection,
} from "../../docker/lowering/container.ts";
import type { HealthcheckBody } from "../../docker/lowering/healthcheck.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { labelList } from "./label-list.ts";
import { spelledCpus, spelledDuration } from "./provider-spelling.ts";
import type { BindText } from "./secrets.ts";
import type { Upload } from "./uploads.ts";

/** What Pulumi knows once it creates the container. */
export interface ContainerReferences {
  readonly imageId: pulumi.Input<string>;
  /** The name on the engine of a network or volume that is planned under this name. */
  readonly nameOf: (planned: string) => pulumi.Input<string>;
  readonly uploads: readonly Upload[];
  readonly bind: BindText;
}

/**
 * A container of the Engine API as arguments of @pulumi/docker. Pure. The provider has no argument for two things, and
 * gets the next best: memory in bytes (whole MiB, rounded up), and a number of processors that it would read back as
 * another (the same limit as a quota per period). It also connects a container to its networks after the default bridge.
 * @throws ConfigurationError for what the provider refuses; see {@link requireProviderSupport}
 */
export function containerArgs(
  place: string,
  { body, connections }: Pick<DockerContainer, "body" | "connections">,
  { imageId, nameOf, uploads, bind }: ContainerReferences,
): docker.ContainerArgs {
  const { entrypoint, command } = wordsOf(body, place);
  return {
    image: imageId,
    ...(entrypoint && { entrypoints: [...entrypoint] }),
    ...(command && { command: [...command] }),
    envs: body.Env.map((variable) => bind(variable)),
    // Named as Docker reports it, or every look at the container would find a difference.
    networkMode: "bridge",
    networksAdvanced: networksOf(body, connections).map(({ Network, EndpointConfig }) => ({
      name: nameOf(Network),
      aliases: [...EndpointConfig.Aliases],
    })),
    ...hostArgs(body.HostConfig, nameOf),
    ...(uploads.length > 0 && { uploads: [...uploads] }),
    ...(body.User !== undefined && { user: body.User }),
    ...(body.Healthcheck && { healthcheck: healthcheckArgs(body.Healthcheck) }),
    ...(body.StopSignal !== undefined && { stopSignal: body.StopSignal }),
    stopTimeout: body.StopTimeout,
    // Without it the provider kills at once.
    destroyGraceSeconds: body.StopTimeout,
    removeVolumes: true,
    restart: "no",
    labels: labelList(body.Labels),
  };
}

/**
 * @param place how errors name the container: `shop.services.database`
 * @throws ConfigurationError for what Pulumi's Docker provider cannot create, or reads back as something else, so that
 * every `up` would replace the container
 */
export function requireProviderSupport(place: string, { body }: Pick<DockerContainer, "body">): void {
  const host = body.HostConfig.ExtraHosts?.map(hostEntry).find(({ ip }) => ip.includes(":"));
  if (host !== undefined) {
    throw new ConfigurationError(
      `${place}.extraHosts["${host.host}"]: Pulumi's Docker provider takes no IPv6 address; use one of IPv4`,
    );
  }
  wordsOf(body, place);
}

/** A healthcheck as @pulumi/docker takes it. */
export function healthcheckArgs(healthcheck: HealthcheckBody) {
  return {
    tests: [...healthcheck.Test],
    interval: spelledDuration(healthcheck.Interval),
    timeout: spelledDuration(healthcheck.Timeout),
    retries: healthcheck.Retries,
    startPeriod: spelledDuration(healthcheck.StartPeriod),
    startInterval: spelledDuration(healthcheck.StartInterval),
  };
}

/**
 * Entrypoint and command as the provider can pass them on: it drops an empty entrypoint and refuses empty
 * words in a command. Docker runs the words of both in one row.
 */
function wordsOf(
  { Entrypoint: entrypoint, Cmd: command = [] }: Pick<ContainerBody, "Entrypoint" | "Cmd">,
  place: string,
): { readonly entrypoint?: readonly string[]; readonly command?: readonly string[] } {
  const words = entrypoint && [...entrypoint, ...command];
  if (words?.length === 0) {
    throw new ConfigurationError(
      `${place}.entrypoint: is empty, and so is the command; Pulumi's Docker provider needs a command then`,
    );
  }
  if (words !== undefined && (entrypoint?.length === 0 || command.includes(""))) return { entrypoint: words };
  if (command.includes("")) {
    throw new ConfigurationError(
      `${place}.command: holds an empty word, which Pulumi's Docker provider refuses; ` +
        "give the service its entrypoint too",
    );
  }
  return { ...(entrypoint && { entrypoint }), ...(command.length > 0 && { command }) };
}

function networksOf(
  { NetworkingConfig: { EndpointsConfig } }: ContainerBody,
  connections: readonly NetworkConnection[],
): readonly NetworkConnection[] {
  const first = Object.entries(EndpointsConfig).map(([Network, EndpointConfig]) => ({
    Network,
    EndpointConfig,
  }));
  return [...first, ...connections];
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

/** The period, in microseconds, in which a container may use its share of the processors. */
const CPU_PERIOD = 100_000;

function cpuArgs(nanoCpus: number): Partial<docker.ContainerArgs> {
  const cpus = nanoCpus / 1e9;
  const spelled = spelledCpus(cpus);
  if (spelled !== undefined) return { cpus: spelled };
  return { cpuPeriod: CPU_PERIOD, cpuQuota: Math.max(1000, Math.round(cpus * CPU_PERIOD)) };
}

/** In the order in which the provider reads them back. */
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
