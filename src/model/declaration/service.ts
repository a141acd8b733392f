import type { ImageSource } from "../build-definition.ts";
import type { Duration } from "../duration.ts";
import type { FileSource } from "../file-source.ts";
import type { Limits } from "../limits.ts";
import type { ServiceOverrides } from "../override.ts";
import type { Capability } from "../privileges.ts";
import type { Probe } from "../probe.ts";
import type { Problem } from "../problem.ts";
import type { SeedStep } from "../seed.ts";
import type { Size } from "../size.ts";
import type { Condition } from "../start-order.ts";
import type { Environment, Text } from "../text.ts";

/** Values that clients of a service need beyond host and port. */
export interface Connection {
  /** The environment variables that common clients read. */
  readonly variables: Environment;
}

/** The limits that the kernel has for each process: https://man7.org/linux/man-pages/man2/getrlimit.2.html */
export const ULIMITS = [
  ...(["core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc"] as const),
  ...(["rss", "rtprio", "rttime", "sigpending", "stack"] as const),
] as const;

/** Limits of each process by name. */
export type Ulimits = {
  readonly [Name in (typeof ULIMITS)[number]]?: number | { readonly soft: number; readonly hard: number };
};

/** Properties that services and jobs share. */
export interface ContainerDefinition {
  /**
   * An image that `docker pull` accepts: `"redis:7-alpine"`, `"registry.example.com/app@sha256:…"`; or one
   * that is built: `build("api")`.
   */
  readonly image: ImageSource;
  /** The keys of the networks that the container joins. @default the sandbox's only network */
  readonly networks?: readonly string[];
  /** Keys of volumes by mount path: `{ "/var/lib/data": "data" }`. */
  readonly volumes?: Readonly<Record<string, string>>;
  /** The size limits of folders in memory, by mount path. */
  readonly tmpfs?: Readonly<Record<string, Size>>;
  readonly limits?: Limits;
  /** The size limit of `/dev/shm`. @default the engine's, 64 MiB on Docker */
  readonly shmSize?: Size;
  /**
   * Capabilities of Linux beyond the engine's default: `["SYS_NICE"]`. Those that give power over the host
   * are for images in the stack's `privilegedImages`.
   */
  readonly capAdd?: readonly Capability[];
  /** Capabilities of Linux that the container does without; `"ALL"`: all but those of `capAdd`. */
  readonly capDrop?: readonly Capability[];
  /**
   * Whether its processes can gain no privileges by setuid programs or file capabilities, such as `sudo`.
   * @default true, but for privileged services and jobs with `userNamespaces`
   */
  readonly noNewPrivileges?: boolean;
  /**
   * The most processes and threads that it has at once, or -1 for any number.
   * @default 4096; any number for privileged services and jobs with `userNamespaces`
   */
  readonly pidsLimit?: number;
  /**
   * Parameters of the kernel, as text: `{ "net.core.somaxconn": "1024" }`. Those that a container shares with
   * its host are for images in the stack's `privilegedImages`.
   */
  readonly sysctls?: Readonly<Record<string, string>>;
  /** Limits of each process: `{ nofile: 65536, core: { soft: 0, hard: -1 } }`. -1 stands for none. */
  readonly ulimits?: Ulimits;
  /** Additional host names, each with its address: `{ "api.example.com": "192.0.2.7" }`. */
  readonly extraHosts?: Readonly<Record<string, string>>;
  /** The user of the container's processes. @default the image's */
  readonly user?: string;
  /** The platform of the image: `"linux/arm64"`. @default the engine's or the node's own */
  readonly platform?: string;
  /** Labels of the container: `{ team: "shop" }`. Those that start with `nestbox.` are Nestbox's own. */
  readonly labels?: Readonly<Record<string, string>>;
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
  /** The folder that the command starts in. @default the image's */
  readonly workingFolder?: string;
  /** Environment variables in addition to the image's. @default none */
  readonly env?: Environment;
  /** The TCP ports that the service listens on. The first is the `port` of its references. */
  readonly ports?: readonly number[];
  /** The UDP ports that it listens on. Without `ports`, the first is the `port` of its references. */
  readonly udpPorts?: readonly number[];
  /**
   * Ports to publish on this machine's loopback: `true` for all on free host ports, or a host port for each.
   * A port of both protocols is published with both.
   * @default none
   */
  readonly publish?: boolean | Readonly<Record<number, number>>;
  /**
   * Files by path in the container. They are copied before it starts, owned by root and read-only. With
   * `mount: "read-write"` a folder of the project is the container's, too.
   *
   * @example
   * files: { "/etc/app.conf": { path: "app.conf" }, "/srv": { path: "src", mount: "read-write" } }
   */
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
  /** Present on a Docker daemon, which gets this machine's MTU and registry mirror. */
  readonly dockerDaemon?: { readonly tls: boolean };
  /**
   * Whether the service gets this machine's CA certificates, for its own connections to servers outside.
   * @default true, but for the databases of the catalog
   */
  readonly certificates?: boolean;
  /**
   * What fills the state from which forks of the service start, step by step. The service itself is not
   * filled by it. For services that can be forked: see docs/database-per-test.md.
   * @default forks start from the state of the service itself
   *
   * @example
   * const migrate = { command: ["npm", "run", "migrate"], inputs: ["migrations"] };
   * postgres({ seed: [migrate, { files: ["users.sql"] }] })
   */
  readonly seed?: SeedStep | readonly SeedStep[];
  /** The stop signal, and the time until SIGKILL. @default SIGTERM and 10 s */
  readonly stop?: { readonly signal?: string; readonly grace?: Duration };
  /** The last word over the object of one target: `{ docker: (body) => ({ ...body, Hostname: "db" }) }`. */
  readonly override?: ServiceOverrides;
}

/** Host and port by which clients reach a service. */
export interface ServiceAddress {
  readonly host: string;
  readonly port: string;
  /** The name of a fork, in place of the declared database. @default the declared one */
  readonly database?: string;
}

/** An address of a service, with the values of its connection. */
export type ConnectionAt<Offered = unknown> = ServiceAddress &
  (Offered extends Connection ? Offered : unknown);

/** What differs where nothing has to outlive the container: its command, folders in memory, and variables. */
export type DisposableProperties = Pick<ServiceDefinition, "command" | "tmpfs" | "env">;

/** What a service offers to whoever runs or uses it, beside its container. */
interface ServiceClients<Offered> {
  /**
   * The interactive client that `nestbox connect` runs inside the service's container, word by word. More
   * words may follow. A password comes from the container's files or environment, never from a word.
   * @default that of a catalog entry, such as psql
   */
  readonly client?: readonly string[];
  /**
   * Variables for clients, in addition to those of the connection. One that is undefined is left out. It is
   * called for each address by which clients reach the service.
   *
   * @example
   * postgres({ variables: ({ host, url }) => ({ POSTGRES_HOST: host, DSN: url, DATABASE_URL: undefined }) })
   */
  // A method, so that a sandbox with known connections is one with any.
  variables?(own: ConnectionAt<NoInfer<Offered>>): Readonly<Record<string, Text | undefined>>;
  /** Only on catalog entries: the kind of server, such as "postgres", by which its forks are made. */
  readonly forks?: string;
  /** Only on catalog entries: properties for a sandbox that is thrown away after its use. */
  readonly whenDisposable?: DisposableProperties;
  /** Only on catalog entries: what is wrong with their own options, each with the name of the option. */
  readonly optionProblems?: readonly Problem[];
}

/** A service of the catalog, with connection values beyond host and port. */
export interface CatalogService<C extends Connection = Connection>
  extends ServiceDefinition,
    ServiceClients<C> {
  /** The connection values for an address of the service. */
  readonly connection: (address: ServiceAddress) => C;
}

/** A catalog entry or a raw image, with the environment as data. */
export type Service = ServiceDefinition | CatalogService;

/** A service in a validated sandbox, with the keys of the services that it references. */
export interface DeclaredService<Offered = unknown> extends ServiceDefinition, ServiceClients<Offered> {
  readonly refersTo: readonly string[];
  /** Only on catalog entries, see {@link CatalogService}. */
  readonly connection?: (address: ServiceAddress) => Offered;
}

/**
 * A reference to a service: its first alias as host, its first port, and the values of its connection. The
 * variables are those of a catalog entry and of the service's own `variables`.
 */
export type ServiceReference<Offered = unknown> = ConnectionAt<Offered> & Connection;

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
  extends Omit<ServiceDefinition, "env" | "after">,
    ServiceClients<Offered> {
  /** Environment variables, or a function from references to them, which is called once. */
  readonly env?: WrittenEnvironment<Connections>;
  /** The services that must be ready or completed before this one starts. */
  readonly after?: { readonly [Key in keyof NoInfer<Connections>]?: Condition };
  /** Only on catalog entries, see {@link CatalogService}. */
  readonly connection?: (address: ServiceAddress) => Offered;
}

/**
 * The client of a service, as `nestbox connect` runs it in the service's container. Undefined if the service
 * has none, or does not exist.
 */
export function clientOf(
  { services }: { readonly services: Readonly<Record<string, Pick<DeclaredService, "client">>> },
  key: string,
): readonly string[] | undefined {
  return Object.hasOwn(services, key) ? services[key]?.client : undefined;
}

/** The service's aliases. The first is the `host` of its references. */
export function aliasesOf(key: string, { alias }: Pick<ServiceDefinition, "alias">): readonly string[] {
  if (alias === undefined) return [key];
  return typeof alias === "string" ? [alias] : alias;
}

/** The port of a service's references. */
export function portOf({
  ports = [],
  udpPorts = [],
}: Pick<ServiceDefinition, "ports" | "udpPorts">): number | undefined {
  return [...ports, ...udpPorts][0];
}

/** The volumes of a service for its shared folders, by key, each with its path in all containers. */
export function sharedVolumesOf(key: string, { shares = [] }: Pick<ServiceDefinition, "shares">) {
  return shares.map((target, index) => ({
    volume: index === 0 ? `${key}-shared` : `${key}-shared-${index + 1}`,
    target,
  }));
}
