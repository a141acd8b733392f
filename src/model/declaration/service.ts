import type { Duration } from "../duration.ts";
import type { FileSource } from "../file-source.ts";
import type { Limits } from "../limits.ts";
import type { Probe } from "../probe.ts";
import type { Size } from "../size.ts";
import type { Condition } from "../start-order.ts";
import type { Environment } from "../text.ts";

/**
 * What reaching a service takes beyond host and port: named values, and the environment variables that
 * clients look for.
 */
export interface Connection {
  readonly variables: Environment;
}

/** What services and jobs have in common. */
export interface ContainerDefinition {
  /**
   * The image as `docker pull` takes it: `"redis:7-alpine"`, `"registry.example.com:5000/team/app@sha256:…"`.
   */
  readonly image: string;
  /** The networks that the container joins. @default the sandbox's only network */
  readonly networks?: readonly string[];
  /** Volumes of the sandbox by mount path: `{ "/var/lib/data": "data" }`. */
  readonly volumes?: Readonly<Record<string, string>>;
  /** Folders in memory by mount path, each with its largest size. */
  readonly tmpfs?: Readonly<Record<string, Size>>;
  readonly limits?: Limits;
  /**
   * Names that the container resolves in addition, each with its address: `{ "api.example.com": "192.0.2.7"
   * }`.
   */
  readonly extraHosts?: Readonly<Record<string, string>>;
  /** The user that runs the container's processes. @default the image's */
  readonly user?: string;
  /** Which profiles it belongs to. A container without profiles always belongs. */
  readonly profiles?: readonly string[];
}

/** A container that keeps running. */
export interface ServiceDefinition extends ContainerDefinition {
  /** The names by which the others on its networks reach it. @default the service's key */
  readonly alias?: string | readonly string[];
  /** The command and its arguments, word by word: no shell reads them. @default the image's */
  readonly command?: readonly string[];
  /** What the command is handed to; `[]` for nothing. @default the image's */
  readonly entrypoint?: readonly string[];
  /** Environment variables on top of the image's. @default none */
  readonly env?: Environment;
  /** The TCP ports that the service listens on. The first is the `port` of its references. */
  readonly ports?: readonly number[];
  /**
   * Ports that this machine's loopback reaches: `true` for all of them on free ports, or a fixed port for
   * each.
   * @default none
   */
  readonly publish?: boolean | Readonly<Record<number, number>>;
  /** Files by path in the container: copied in before it starts, owned by root and writable by nobody. */
  readonly files?: Readonly<Record<string, FileSource>>;
  /** @default a `tcp` probe of the first port; without ports the service counts as ready once it runs */
  readonly probe?: Probe;
  /** Which services must be ready or completed before this one starts. */
  readonly after?: Readonly<Record<string, Condition>>;
  /**
   * The service does its work once and ends, like a migration. It counts as completed when it exits with 0.
   * @default false
   */
  readonly runsOnce?: boolean;
  /** How long a service that runs once may take. @default "10m" */
  readonly completesWithin?: Duration;
  /** Root on the host. Allowed for the images in the stack's `privilegedImages` only. @default false */
  readonly privileged?: boolean;
  /** Folders of the service that the jobs and services which refer to it see, read-only, at the same path. */
  readonly shares?: readonly string[];
  /** The service is a Docker daemon: it learns this machine's MTU, registry mirror and certificates. */
  readonly dockerDaemon?: { readonly tls: boolean };
  /** How the service is asked to end. @default SIGTERM, and killed after 10 s */
  readonly stop?: { readonly signal?: string; readonly grace?: Duration };
}

/** A service whose references carry more than host and port. The catalog makes these. */
export interface CatalogService<C extends Connection = Connection> extends ServiceDefinition {
  /** What reaching the service takes, given the name and port it is reached by. */
  readonly connection: (address: { readonly host: string; readonly port: string }) => C;
}

/** A catalog entry or a raw image, whose environment is data. */
export type Service = ServiceDefinition | CatalogService;

/**
 * A service in a declared sandbox: its environment is data, and it is known which other services it refers
 * to.
 */
export type DeclaredService = Service & { readonly refersTo: readonly string[] };

/** How others refer to a service, given what its connection offers. */
export type ServiceReference<Offered = unknown> = {
  /** The service's (first) alias. */
  readonly host: string;
  /** The service's first port. */
  readonly port: string;
} & (Offered extends Connection ? Offered : unknown);

/**
 * References to a sandbox's services, as `env` functions get them: by key, given what the connection of each
 * offers.
 */
export type References<Connections> = {
  readonly [Key in keyof Connections]: ServiceReference<Connections[Key]>;
};

/**
 * Environment variables as a person writes them: data, or a function of references to the sandbox's services.
 */
export type WrittenEnvironment<Connections> =
  | Environment
  | ((services: References<Connections>) => Environment);

/**
 * What a declaration holds for a service: a catalog entry or a raw image, whose environment may refer to the
 * sandbox's other services. Referring to a service is not waiting for it: that is what `after` says.
 */
export interface WrittenService<Offered = unknown, Connections = Readonly<Record<string, unknown>>>
  extends Omit<ServiceDefinition, "env" | "after"> {
  /**
   * Environment variables, or a function of references to the sandbox's services that gives them. It is
   * called once.
   */
  readonly env?: WrittenEnvironment<Connections>;
  /** Which services must be ready or completed before this one starts. */
  readonly after?: { readonly [Key in keyof NoInfer<Connections>]?: Condition };
  /** What catalog entries have: see {@link CatalogService}. */
  readonly connection?: (address: { readonly host: string; readonly port: string }) => Offered;
}

/** The service's aliases, the first one being the `host` of its references. */
export function aliasesOf(key: string, { alias }: Pick<ServiceDefinition, "alias">): readonly string[] {
  if (alias === undefined) return [key];
  return typeof alias === "string" ? [alias] : alias;
}
