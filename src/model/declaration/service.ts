import type { Duration } from "../duration.ts";
import type { FileSource } from "../file-source.ts";
import type { Limits } from "../limits.ts";
import type { Probe } from "../probe.ts";
import type { Size } from "../size.ts";
import type { Condition } from "../start-order.ts";
import type { Environment } from "../text.ts";

/** Values that clients of a service need beyond host and port. */
export interface Connection {
  /** The environment variables that common clients read. */
  readonly variables: Environment;
}

/** Properties that services and jobs share. */
export interface ContainerDefinition {
  /** An image that `docker pull` accepts: `"redis:7-alpine"`, `"registry.example.com/app@sha256:…"`. */
  readonly image: string;
  /** The keys of the networks that the container joins. @default the sandbox's only network */
  readonly networks?: readonly string[];
  /** Keys of volumes by mount path: `{ "/var/lib/data": "data" }`. */
  readonly volumes?: Readonly<Record<string, string>>;
  /** The size limits of folders in memory, by mount path. */
  readonly tmpfs?: Readonly<Record<string, Size>>;
  readonly limits?: Limits;
  /** Additional host names, each with its address: `{ "api.example.com": "192.0.2.7" }`. */
  readonly extraHosts?: Readonly<Record<string, string>>;
  /** The user of the container's processes. @default the image's */
  readonly user?: string;
  /** The profiles that activate the container. Without profiles it is always active. */
  readonly profiles?: readonly string[];
}

/** A long-running container. */
export interface ServiceDefinition extends ContainerDefinition {
  /** The host names of the service on its networks. @default the service's key */
  readonly alias?: string | readonly string[];
  /** The command and its arguments, which run without a shell. @default the image's */
  readonly command?: readonly string[];
  /** The entrypoint, or `[]` for none. @default the image's */
  readonly entrypoint?: readonly string[];
  /** Environment variables in addition to the image's. @default none */
  readonly env?: Environment;
  /** The TCP ports that the service listens on. The first is the `port` of its references. */
  readonly ports?: readonly number[];
  /**
   * Ports to publish on this machine's loopback: `true` for all on free host ports, or a host port for each.
   * @default none
   */
  readonly publish?: boolean | Readonly<Record<number, number>>;
  /** Files by path in the container. They are copied before it starts, owned by root and read-only. */
  readonly files?: Readonly<Record<string, FileSource>>;
  /** The readiness probe. @default `tcp` on the first port, or none without ports */
  readonly probe?: Probe;
  /** The services that must be ready or completed before this one starts. */
  readonly after?: Readonly<Record<string, Condition>>;
  /**
   * Whether the service completes instead of running on, like a migration. It must exit with 0.
   * @default false
   */
  readonly runsOnce?: boolean;
  /** The time limit of a service with `runsOnce`. @default "10m" */
  readonly completesWithin?: Duration;
  /** Whether it is root on the host. Only images in the stack's `privilegedImages` may be. @default false */
  readonly privileged?: boolean;
  /** Folders of the service that referencing jobs and services mount read-only at the same path. */
  readonly shares?: readonly string[];
  /** Present on a Docker daemon, which gets this machine's MTU, registry mirror and certificates. */
  readonly dockerDaemon?: { readonly tls: boolean };
  /** The stop signal, and the time until SIGKILL. @default SIGTERM and 10 s */
  readonly stop?: { readonly signal?: string; readonly grace?: Duration };
}

/** A service of the catalog, with connection values beyond host and port. */
export interface CatalogService<C extends Connection = Connection> extends ServiceDefinition {
  /** The connection values for an address of the service. */
  readonly connection: (address: { readonly host: string; readonly port: string }) => C;
}

/** A catalog entry or a raw image, with the environment as data. */
export type Service = ServiceDefinition | CatalogService;

/** A service in a validated sandbox, with the keys of the services that it references. */
export interface DeclaredService<Offered = unknown> extends ServiceDefinition {
  readonly refersTo: readonly string[];
  /** Only on catalog entries, see {@link CatalogService}. */
  readonly connection?: (address: { readonly host: string; readonly port: string }) => Offered;
}

/** A reference to a service: host, port and the values of its connection. */
export type ServiceReference<Offered = unknown> = {
  /** The service's first alias. */
  readonly host: string;
  /** The service's first port. */
  readonly port: string;
} & (Offered extends Connection ? Offered : unknown);

/** References to a sandbox's services by key, the argument of `env` functions. */
export type References<Connections> = {
  readonly [Key in keyof Connections]: ServiceReference<Connections[Key]>;
};

/** Declared environment variables: data, or a function from references to data. */
export type WrittenEnvironment<Connections> =
  | Environment
  | ((services: References<Connections>) => Environment);

/**
 * A declared service: a catalog entry or a raw image. Its environment may reference other services of the
 * sandbox. A reference does not imply a wait: only `after` does.
 */
export interface WrittenService<Offered = unknown, Connections = Readonly<Record<string, unknown>>>
  extends Omit<ServiceDefinition, "env" | "after"> {
  /** Environment variables, or a function from references to them, which is called once. */
  readonly env?: WrittenEnvironment<Connections>;
  /** The services that must be ready or completed before this one starts. */
  readonly after?: { readonly [Key in keyof NoInfer<Connections>]?: Condition };
  /** Only on catalog entries, see {@link CatalogService}. */
  readonly connection?: (address: { readonly host: string; readonly port: string }) => Offered;
}

/** The service's aliases. The first is the `host` of its references. */
export function aliasesOf(key: string, { alias }: Pick<ServiceDefinition, "alias">): readonly string[] {
  if (alias === undefined) return [key];
  return typeof alias === "string" ? [alias] : alias;
}

/** The volumes of a service for its shared folders, by key, each with its path in all containers. */
export function sharedVolumesOf(key: string, { shares = [] }: Pick<ServiceDefinition, "shares">) {
  return shares.map((target, index) => ({
    volume: index === 0 ? `${key}-shared` : `${key}-shared-${index + 1}`,
    target,
  }));
}
