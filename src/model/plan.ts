import type { Duration } from "./duration.ts";
import type { Healthcheck, Readiness } from "./healthcheck.ts";
import type { Labels } from "./labels.ts";
import type { Condition, FileSource } from "./service.ts";
import type { Subnet } from "./subnets.ts";
import type { Text } from "./text.ts";

/**
 * One sandbox, resolved for one run: every name, subnet, label and variable concrete, only secrets still by
 * name. Plain, serializable data.
 */
export interface Plan {
  readonly sandbox: string;
  readonly stack: string;
  /** The active profiles. */
  readonly profiles: readonly string[];
  readonly networks: readonly PlannedNetwork[];
  readonly volumes: readonly PlannedVolume[];
  /** In the order in which they can start. */
  readonly services: readonly PlannedService[];
  readonly jobs: readonly PlannedJob[];
  /** The names of the secrets that its services and the jobs of the active profiles need. */
  readonly secrets: readonly string[];
}

/** A bridge of the sandbox. */
export interface PlannedNetwork {
  /** What the declaration calls it. */
  readonly key: string;
  /** What its name on an engine begins with. */
  readonly name: string;
  /** Whether it has no way out. */
  readonly internal: boolean;
  /** The range of its addresses, which no other network of the engine has. */
  readonly subnet: Subnet;
  /** The largest packet, in bytes, where it is less than Docker's own 1500. */
  readonly mtu?: number;
  readonly labels: Labels;
}

/** A volume that lives as long as the sandbox. */
export interface PlannedVolume {
  /** What the declaration calls it. */
  readonly key: string;
  /** What its name on an engine begins with. */
  readonly name: string;
  readonly labels: Labels;
}

/** What a container is, whatever starts it. */
export interface PlannedContainer {
  readonly key: string;
  readonly name: string;
  readonly image: string;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly env: Readonly<Record<string, Text>>;
  /** The keys of the networks, the one with the way out first: Docker takes the default route from it. */
  readonly networks: readonly string[];
  readonly aliases: readonly string[];
  readonly mounts: readonly PlannedMount[];
  readonly files: readonly PlannedFile[];
  readonly tmpfs: Readonly<Record<string, number>>;
  readonly memoryBytes?: number;
  readonly cpus?: number;
  readonly privileged: boolean;
  readonly extraHosts: Readonly<Record<string, string>>;
  readonly user?: string;
  readonly workingFolder?: string;
  readonly labels: Labels;
}

/** A volume of the sandbox in a container. */
export interface PlannedMount {
  /** The key of the volume. */
  readonly volume: string;
  readonly target: string;
  readonly readOnly: boolean;
}

/** A file or folder that is copied into a container before it starts. */
export interface PlannedFile {
  readonly target: string;
  readonly source: FileSource | { readonly hostPath: string };
}

/** A container that keeps running, or does its work once before others start. */
export interface PlannedService extends PlannedContainer {
  /**
   * What the engine itself runs to see whether it works. Undefined where that says nothing, or the image's
   * own stays.
   */
  readonly healthcheck?: Healthcheck;
  /** What those that come after it wait for. */
  readonly readiness: Readiness;
  /** The ports that are published, and no others. */
  readonly ports: readonly PlannedPort[];
  /** What it waits for, by the keys of the other services. */
  readonly after: Readonly<Record<string, Condition>>;
  /** Whether it ends by itself, like a migration. */
  readonly runsOnce: boolean;
  readonly stopSignal?: string;
  readonly stopGrace: Duration;
}

/** A port of a service that this machine's loopback reaches. */
export interface PlannedPort {
  readonly container: number;
  /** Undefined: a free one. */
  readonly host?: number;
}

/** A container that runs a script once and has an exit code. */
export interface PlannedJob extends PlannedContainer {
  /** A folder of the project that the container sees, read-only, in its working folder. */
  readonly projectFiles?: string;
  readonly before: readonly string[];
  readonly script: readonly string[];
  readonly cleanup: readonly string[];
  /** Whether it makes user namespaces of its own. */
  readonly userNamespaces: boolean;
  /** The keys of the jobs that must have succeeded before. */
  readonly needs: readonly string[];
  /** The file with variables for the jobs that need it, from the folder of its own. */
  readonly variablesFile?: string;
  readonly timeout: Duration;
  readonly profiles: readonly string[];
}
