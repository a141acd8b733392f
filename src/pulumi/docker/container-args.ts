import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { ContainerBody, DockerContainer, HostBody } from "../../docker/lowering/container.ts";
import type { HealthcheckBody } from "../../docker/lowering/healthcheck.ts";
import type { Labels } from "../../model/labels.ts";
import { nothingLeft } from "../../model/nothing-left.ts";
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
  // The component knows the image by its id and the labels from the engine; the provider exposes bound ports.
  const { Image: _image, Labels: _labels, ExposedPorts: _exposedPorts, Entrypoint: _words, ...ofBody } = body;
  const { Cmd: _command, Env, HostConfig, NetworkingConfig, User, WorkingDir, ...others } = ofBody;
  const { Healthcheck, StopSignal, StopTimeout, Hostname, ...rest } = others;
  nothingLeft(rest);
  refuseOthers(`${place}.override.docker: `, rest);
  const { entrypoint, command } = wordsOf(body, place);
  const networks = [
    ...Object.entries(NetworkingConfig.EndpointsConfig),
    ...connections.map(({ Network, EndpointConfig }) => [Network, EndpointConfig] as const),
  ];
  return {
    image: imageId,
    ...(entrypoint && { entrypoints: [...entrypoint] }),
    ...(command && { command: [...command] }),
    envs: Env.map((variable) => bind(variable)),
    // Docker reports this name. Any other would be a difference at each refresh.
    networkMode: "bridge",
    networksAdvanced: networks.map(([network, { Aliases }]) => ({
      name: nameOf(network),
      aliases: [...Aliases],
    })),
    ...hostArgs(place, HostConfig, nameOf),
    ...(uploads.length > 0 && { uploads: [...uploads] }),
    ...(Hostname !== undefined && { hostname: Hostname }),
    ...(User !== undefined && { user: User }),
    ...(WorkingDir !== undefined && { workingDir: WorkingDir }),
    ...(Healthcheck && { healthcheck: healthcheckArgs(Healthcheck) }),
    ...(StopSignal !== undefined && { stopSignal: StopSignal }),
    stopTimeout: StopTimeout,
    // Without a grace period the provider kills the container at once.
    destroyGraceSeconds: StopTimeout,
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
export function requireProviderSupport(
  place: string,
  container: Pick<DockerContainer, "body" | "connections">,
): void {
  const { body } = container;
  const host = body.HostConfig.ExtraHosts?.map(hostEntry).find(({ ip }) => ip.includes(":"));
  if (host !== undefined) {
    throw new ConfigurationError(
      `${place}.extraHosts["${host.host}"]: Pulumi's Docker provider does not support IPv6 addresses; ` +
        "use an IPv4 address",
    );
  }
  const ports = Object.keys(body.HostConfig.PortBindings ?? {}).map((port) => Number.parseInt(port, 10));
  const twice = ports.find((port, index) => ports.indexOf(port) !== index);
  if (twice !== undefined) {
    throw new ConfigurationError(
      `${place}.publish: Pulumi's Docker provider reads back a port of both protocols in any order; ` +
        `publish ${twice} of one service with TCP and of another with UDP`,
    );
  }
  const labels = pulumi.output<Labels>({});
  containerArgs(place, container, {
    ...{ imageId: "", uploads: [], labels },
    ...{ nameOf: (name) => name, bind: () => "" },
  });
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

function hostArgs(
  place: string,
  host: HostBody,
  nameOf: ContainerReferences["nameOf"],
): Partial<docker.ContainerArgs> {
  const { NetworkMode: _networkMode, ExtraHosts, Mounts, Tmpfs, PortBindings, SecurityOpt, ...others } = host;
  const {
    Memory,
    MemorySwap,
    NanoCpus,
    ShmSize,
    CapAdd,
    CapDrop,
    Ulimits,
    Sysctls,
    Privileged,
    Init,
    // The provider has no argument for it: see ready-gate.ts.
    PidsLimit: _pidsLimit,
    ...more
  } = others;
  const { Binds, Devices, Dns, GroupAdd, IpcMode, PidMode, UsernsMode, ReadonlyRootfs, Runtime, ...rest } =
    more;
  nothingLeft(rest);
  refuseOthers(`${place}.override.docker: HostConfig.`, rest);
  return {
    ...(ExtraHosts && { hosts: ExtraHosts.map(hostEntry) }),
    ...(Mounts && {
      mounts: Mounts.map(({ Type, Source, Target, ReadOnly }) => ({
        type: Type,
        source: Type === "bind" ? Source : nameOf(Source),
        target: Target,
        readOnly: ReadOnly,
      })),
    }),
    ...(Tmpfs && { tmpfs: Tmpfs }),
    ...(Memory !== undefined && { memory: mebibytes(Memory) }),
    ...(MemorySwap !== undefined && { memorySwap: mebibytes(MemorySwap) }),
    ...(NanoCpus !== undefined && cpuArgs(NanoCpus)),
    ...(ShmSize !== undefined && { shmSize: mebibytes(ShmSize) }),
    ...((CapAdd || CapDrop) && {
      capabilities: { ...(CapAdd && { adds: [...CapAdd] }), ...(CapDrop && { drops: [...CapDrop] }) },
    }),
    ...(Ulimits && {
      ulimits: Ulimits.map(({ Name, Soft, Hard }) => ({ name: Name, soft: Soft, hard: Hard })),
    }),
    ...(Sysctls && { sysctls: Sysctls }),
    ...(Privileged && { privileged: true }),
    ...(Binds && { volumes: Binds.map(bindArgs) }),
    ...(Devices && {
      devices: Devices.map(({ PathOnHost, PathInContainer, CgroupPermissions }) => ({
        hostPath: PathOnHost,
        containerPath: PathInContainer,
        permissions: CgroupPermissions,
      })),
    }),
    ...(Dns && { dns: [...Dns] }),
    ...(GroupAdd && { groupAdds: [...GroupAdd] }),
    ...(IpcMode !== undefined && { ipcMode: IpcMode }),
    ...(PidMode !== undefined && { pidMode: PidMode }),
    ...(UsernsMode !== undefined && { usernsMode: UsernsMode }),
    ...(ReadonlyRootfs !== undefined && { readOnly: ReadonlyRootfs }),
    ...(Runtime !== undefined && { runtime: Runtime }),
    ...(Init && { init: true }),
    ...(SecurityOpt && { securityOpts: [...SecurityOpt] }),
    ...(PortBindings && { ports: portArgs(PortBindings) }),
  };
}

function bindArgs(bind: string) {
  const [source = "", containerPath = "", options = ""] = bind.split(":");
  const isPath = source.startsWith("/");
  return {
    containerPath,
    ...(isPath ? { hostPath: source } : { volumeName: source }),
    ...(options.split(",").includes("ro") && { readOnly: true }),
  };
}

/** Fields that only an override can have set: the provider has no argument for them. */
function refuseOthers(path: string, rest: object): void {
  const [name] = Object.keys(rest);
  if (name === undefined) return;
  throw new ConfigurationError(`${path}${name} is not supported by Pulumi's Docker provider; remove it`);
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
    .flatMap(([port, hosts]) => {
      const [internal, protocol = "tcp"] = port.split("/");
      return hosts.map(({ HostIp, HostPort }) => ({
        internal: Number(internal),
        ip: HostIp,
        ...(HostPort !== "0" && { external: Number(HostPort) }),
        ...(protocol !== "tcp" && { protocol }),
      }));
    })
    .sort((one, other) => one.internal - other.internal);
}
