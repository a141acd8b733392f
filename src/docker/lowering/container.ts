import { type FileSource, isMounted } from "../../model/file-source.ts";
import type { Labels } from "../../model/labels.ts";
import { nothingLeft } from "../../model/nothing-left.ts";
import { CERTIFICATES, environmentIn } from "../../model/plan/place-network.ts";
import { proxyEnvironment } from "../../model/plan/place-proxies.ts";
import type { Plan, PlannedContainer } from "../../model/plan/plan.ts";
import { NO_NEW_PRIVILEGES } from "../../model/plan/privilege-defaults.ts";
import type { Capability } from "../../model/privileges.ts";
import { bytes } from "../../model/size.ts";
import { type Text, text } from "../../model/text.ts";
import type { HealthcheckBody } from "./healthcheck.ts";
import { type DockerPlacement, partName } from "./placement.ts";

/** A container as the Engine API creates it, and what has to happen before it starts. */
export interface DockerContainer {
  readonly key: string;
  /** The prefix of its name. */
  readonly name: string;
  /** The body of `POST /containers/create`. */
  readonly body: ContainerBody;
  /** The networks that it joins once it is created: the API takes one network at the creation. */
  readonly connections: readonly NetworkConnection[];
  /** The files to copy in. */
  readonly files: readonly CopiedFile[];
  /** The platform of its image. @default the engine's own */
  readonly platform?: string;
  /** Empty folders that every user may write. */
  readonly folders: readonly string[];
  /** The folders of this machine that it mounts. @default none */
  readonly mounted?: readonly MountedFolder[];
}

/** A folder of the project that a container mounts. */
export interface MountedFolder {
  /** Its path in the declaration, for errors. */
  readonly declared: string;
  /** Its real path on this machine. */
  readonly source: string;
  readonly target: string;
}

/** The body of `POST /networks/{Network}/connect` for a container. */
export interface NetworkConnection {
  readonly Network: string;
  readonly EndpointConfig: { readonly Aliases: readonly string[] };
}

/** A file or folder to copy in: of the project, with declared content, or of the machine running Nestbox. */
export interface CopiedFile {
  readonly target: string;
  readonly source: FileSource | { readonly hostPath: string };
}

/**
 * The body of `POST /containers/create`, as far as Nestbox or an override uses it. Variables contain secrets
 * by name.
 * https://docs.docker.com/reference/api/engine/
 */
export interface ContainerBody {
  readonly Image: string;
  readonly Hostname?: string;
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Env: readonly Text[];
  readonly User?: string;
  readonly WorkingDir?: string;
  readonly Labels: Labels;
  readonly Healthcheck?: HealthcheckBody;
  readonly ExposedPorts?: Readonly<Record<string, object>>;
  readonly StopSignal?: string;
  /** Seconds. */
  readonly StopTimeout: number;
  readonly HostConfig: HostBody;
  readonly NetworkingConfig: {
    readonly EndpointsConfig: Readonly<Record<string, NetworkConnection["EndpointConfig"]>>;
  };
}

/** A mount of a volume by its name, or of a folder of the host by its path. */
export interface MountBody {
  readonly Type: "volume" | "bind";
  readonly Source: string;
  readonly Target: string;
  readonly ReadOnly: boolean;
}

/** The part of the body that concerns the host. */
export interface HostBody {
  readonly NetworkMode: string;
  readonly PortBindings?: Readonly<
    Record<string, readonly { readonly HostIp: string; readonly HostPort: string }[]>
  >;
  readonly Mounts?: readonly MountBody[];
  readonly Tmpfs?: Readonly<Record<string, string>>;
  readonly ExtraHosts?: readonly string[];
  readonly Memory?: number;
  readonly MemorySwap?: number;
  readonly NanoCpus?: number;
  /** Bytes. */
  readonly ShmSize?: number;
  /** `CAP_SYS_NICE`, or `ALL`. */
  readonly CapAdd?: readonly string[];
  readonly CapDrop?: readonly string[];
  readonly Ulimits?: readonly { readonly Name: string; readonly Soft: number; readonly Hard: number }[];
  readonly Sysctls?: Readonly<Record<string, string>>;
  readonly Privileged?: true;
  /** `HOST_PATH:PATH` or `HOST_PATH:PATH:ro`. */
  readonly Binds?: readonly string[];
  readonly Devices?: readonly {
    readonly PathOnHost: string;
    readonly PathInContainer: string;
    readonly CgroupPermissions: string;
  }[];
  readonly Dns?: readonly string[];
  readonly GroupAdd?: readonly string[];
  readonly IpcMode?: string;
  readonly PidMode?: string;
  readonly UsernsMode?: string;
  readonly ReadonlyRootfs?: boolean;
  readonly Runtime?: string;
  readonly Init: boolean;
  readonly SecurityOpt?: readonly string[];
  readonly PidsLimit?: number;
}

/** What the containers of services and jobs have in common. */
export interface CommonParts extends Pick<DockerContainer, "connections" | "files" | "mounted" | "platform"> {
  readonly body: Pick<
    ContainerBody,
    "Image" | "Entrypoint" | "Env" | "User" | "Labels" | "HostConfig" | "NetworkingConfig"
  >;
}

/**
 * Lowers what services and jobs have in common.
 * @param own Nestbox's labels
 */
export function lowerContainer(
  plan: Plan,
  container: PlannedContainer,
  placement: DockerPlacement,
  own: Labels,
): CommonParts {
  const {
    key: _key,
    profiles: _profiles,
    image,
    entrypoint,
    env,
    user,
    networks,
    aliases,
    ...ofHost
  } = container;
  const { files, placeCertificates, mounts, tmpfs, limits, extraHosts, privileged, init, ...more } = ofHost;
  const {
    shmSize,
    capAdd = [],
    capDrop = [],
    noNewPrivileges,
    pidsLimit,
    ulimits = {},
    sysctls = {},
    labels,
    platform,
    overrides: _overrides,
    ...rest
  } = more;
  nothingLeft(rest);
  const { network, existing } = placement;
  const [first = "none", ...others] = networks.map(
    (one) => existing?.networks[one] ?? partName(placement, one),
  );
  const { memoryBytes, swapBytes, cpus } = limits;
  const Aliases = aliases;
  const copied = files.filter(({ source }) => !isMounted(source));
  const mounted = mountedIn(container, placement);
  const Mounts: readonly MountBody[] = [
    ...mounts.map(({ volume, target, readOnly }) => ({
      Type: "volume" as const,
      Source: existing?.volumes[volume] ?? partName(placement, volume),
      Target: target,
      ReadOnly: readOnly,
    })),
    ...mountBodies(mounted),
  ];
  const body: CommonParts["body"] = {
    Image: image,
    ...(entrypoint && { Entrypoint: entrypoint }),
    Env: Object.entries({
      ...proxyEnvironment(network.proxies, plan),
      ...environmentIn(network, { env, placeCertificates }),
    }).map(([name, value]) => text`${name}=${value}`),
    ...(user !== undefined && { User: user }),
    Labels: { ...labels, ...own },
    HostConfig: {
      NetworkMode: first,
      ...(Mounts.length > 0 && { Mounts }),
      ...(Object.keys(tmpfs).length > 0 && {
        Tmpfs: Object.fromEntries(Object.entries(tmpfs).map(([target, size]) => [target, `size=${size}`])),
      }),
      ...(Object.keys(extraHosts).length > 0 && {
        ExtraHosts: Object.entries(extraHosts).map(([host, address]) => `${host}:${address}`),
      }),
      ...(memoryBytes !== undefined && {
        Memory: memoryBytes,
        // Docker counts memory and swap together.
        MemorySwap: memoryBytes + (swapBytes ?? 0),
      }),
      ...(cpus !== undefined && { NanoCpus: Math.round(cpus * 1e9) }),
      ...(shmSize !== undefined && { ShmSize: bytes(shmSize) }),
      ...(capAdd.length > 0 && { CapAdd: capabilityNames(capAdd) }),
      ...(capDrop.length > 0 && { CapDrop: capabilityNames(capDrop) }),
      ...(Object.keys(ulimits).length > 0 && {
        Ulimits: Object.entries(ulimits).map(([Name, limit]) => {
          const { soft, hard } = typeof limit === "number" ? { soft: limit, hard: limit } : limit;
          return { Name, Soft: soft, Hard: hard };
        }),
      }),
      ...(Object.keys(sysctls).length > 0 && { Sysctls: sysctls }),
      ...(privileged && { Privileged: true as const }),
      ...(noNewPrivileges && { SecurityOpt: NO_NEW_PRIVILEGES }),
      ...(pidsLimit !== undefined && { PidsLimit: pidsLimit }),
      Init: init,
    },
    NetworkingConfig: { EndpointsConfig: { [first]: { Aliases } } },
  };
  return {
    body,
    ...(platform !== undefined && { platform }),
    connections: others.map((Network) => ({ Network, EndpointConfig: { Aliases } })),
    files:
      placeCertificates && network.certificates !== undefined
        ? [{ target: CERTIFICATES, source: { hostPath: network.certificates } }, ...copied]
        : copied,
    ...(mounted.length > 0 && { mounted }),
  };
}

/** The mounts of folders, which the engine refuses where it does not have them. */
export function mountBodies(mounted: readonly MountedFolder[]): readonly MountBody[] {
  return mounted.map(({ source, target }) => ({
    ...{ Type: "bind", Source: source, Target: target, ReadOnly: false },
  }));
}

function mountedIn(
  { files }: Pick<PlannedContainer, "files">,
  { mountedFolders = {} }: DockerPlacement,
): readonly MountedFolder[] {
  return files.flatMap(({ target, source }) =>
    isMounted(source)
      ? [{ declared: source.path, source: mountedFolders[source.path] ?? source.path, target }]
      : [],
  );
}

/** The names, in the engine's own spelling and order: others would be a change at the next `up`. */
function capabilityNames(capabilities: readonly Capability[]): readonly string[] {
  return capabilities.map((name) => (name === "ALL" ? name : `CAP_${name}`)).sort();
}
