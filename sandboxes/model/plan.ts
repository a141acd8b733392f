import type { Duration } from "./duration.ts";
import type { Healthcheck, Readiness } from "./healthcheck.ts";
import type { Labels } from "./labels.ts";
import type { Condition, FileSource } from "./service.ts";
import type { Subnet } from "./subnets.ts";
import type { Text } from "./text.ts";

/** One sandbox, resolved for one run: every name, subnet, label and variable concrete, only secrets still by name. Plain, serializable data. */
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

export interface PlannedNetwork {
  readonly key: string;
  readonly name: string;
  readonly internal: boolean;
  readonly subnet: Subnet;
  /** The largest packet, in bytes, where it is less than Docker's own 1500. */
  readonly mtu?: number;
  readonly labels: Labels;
}

export interface PlannedVolume {
  readonly key: string;
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

export interface PlannedService extends PlannedContainer {
  readonly healthcheck?: Healthcheck;
  readonly readiness: Readiness;
  readonly ports: readonly PlannedPort[];
  readonly after: Readonly<Record<string, Condition>>;
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

export interface PlannedJob extends PlannedContainer {
  /** A folder of the project that the container sees, read-only, in its working folder. */
  readonly projectFiles?: string;
  readonly before: readonly string[];
  readonly script: readonly string[];
  readonly cleanup: readonly string[];
  readonly timeout: Duration;
  readonly profiles: readonly string[];
}
