import type { FileSource } from "../../model/file-source.ts";
import type { Labels } from "../../model/labels.ts";
import { CERTIFICATES, environmentIn } from "../../model/plan/place-network.ts";
import type { PlannedContainer } from "../../model/plan/plan.ts";
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
  /** Empty folders that every user may write. */
  readonly folders: readonly string[];
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
 * The body of `POST /containers/create`, as far as Nestbox uses it. Variables contain secrets by name.
 * https://docs.docker.com/reference/api/engine/
 */
export interface ContainerBody {
  readonly Image: string;
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

/** The part of the body that concerns the host. */
export interface HostBody {
  readonly NetworkMode: string;
  readonly PortBindings?: Readonly<
    Record<string, readonly { readonly HostIp: string; readonly HostPort: string }[]>
  >;
  readonly Mounts?: readonly {
    readonly Type: "volume";
    readonly Source: string;
    readonly Target: string;
    readonly ReadOnly: boolean;
  }[];
  readonly Tmpfs?: Readonly<Record<string, string>>;
  readonly ExtraHosts?: readonly string[];
  readonly Memory?: number;
  readonly MemorySwap?: number;
  readonly NanoCpus?: number;
  readonly Privileged?: true;
  readonly Init: boolean;
  readonly SecurityOpt?: readonly string[];
}

/** The part of a body that services and jobs have in common. */
export function containerBody(
  container: PlannedContainer,
  placement: DockerPlacement,
): Pick<ContainerBody, "Image" | "Entrypoint" | "Env" | "User" | "HostConfig" | "NetworkingConfig"> {
  const { image, entrypoint, user } = container;
  const [first = "none"] = networkNames(container, placement);
  return {
    Image: image,
    ...(entrypoint && { Entrypoint: entrypoint }),
    Env: Object.entries(environmentIn(placement.network, container)).map(
      ([name, value]) => text`${name}=${value}`,
    ),
    ...(user !== undefined && { User: user }),
    HostConfig: hostBody(container, placement, first),
    NetworkingConfig: { EndpointsConfig: { [first]: { Aliases: container.aliases } } },
  };
}

/** The networks that a container joins after its creation. */
export function laterConnections(
  container: PlannedContainer,
  placement: DockerPlacement,
): readonly NetworkConnection[] {
  const [, ...others] = networkNames(container, placement);
  return others.map((Network) => ({ Network, EndpointConfig: { Aliases: container.aliases } }));
}

/** The files of a container: its own, and the certificates of its placement. */
export function copiedFiles(
  { files, placeCertificates }: PlannedContainer,
  { network: { certificates } }: DockerPlacement,
): readonly CopiedFile[] {
  if (!placeCertificates || certificates === undefined) return files;
  return [{ target: CERTIFICATES, source: { hostPath: certificates } }, ...files];
}

function networkNames({ networks }: PlannedContainer, placement: DockerPlacement): readonly string[] {
  return networks.map((key) => placement.existing?.networks[key] ?? partName(placement, key));
}

function hostBody(
  { mounts, tmpfs, limits, extraHosts, privileged, init }: PlannedContainer,
  placement: DockerPlacement,
  network: string,
): HostBody {
  const { memoryBytes, swapBytes, cpus } = limits;
  return {
    NetworkMode: network,
    ...(mounts.length > 0 && {
      Mounts: mounts.map(({ volume, target, readOnly }) => ({
        Type: "volume" as const,
        Source: placement.existing?.volumes[volume] ?? partName(placement, volume),
        Target: target,
        ReadOnly: readOnly,
      })),
    }),
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
    ...(privileged && { Privileged: true as const }),
    Init: init,
  };
}
