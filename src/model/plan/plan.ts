import type { JobDefinition } from "../declaration/job.ts";
import type { ContainerDefinition, ServiceDefinition } from "../declaration/service.ts";
import type { Duration } from "../duration.ts";
import type { FileSource } from "../file-source.ts";
import type { PerBranch } from "../per-branch.ts";
import type { Dialogue, ProbeTiming } from "../probe.ts";
import type { Environment } from "../text.ts";
import type { PredefinedVariables } from "./predefined-variables.ts";

/**
 * A declaration with every default and decision made, for chosen profiles. Plain, serializable data that no
 * target's words are in; secrets are in it by name. What a place adds (names, labels, subnets) is the
 * placement of a target.
 */
export interface Plan {
  readonly sandbox: string;
  /** The active profiles. */
  readonly profiles: readonly string[];
  readonly networks: readonly PlannedNetwork[];
  readonly volumes: readonly PlannedVolume[];
  /** The active services, in the order in which they can start. */
  readonly services: readonly PlannedService[];
  /** All jobs: {@link isActive} reports which are active. */
  readonly jobs: readonly PlannedJob[];
  /** The images of its services and jobs, each once. An image that a job builds is none of them. */
  readonly images: readonly string[];
  /** The names of the secrets that its services and active jobs need. */
  readonly secrets: readonly string[];
  /** How each branch gets one of its own in GitLab CI. Absent where branches do not. */
  readonly perBranch?: PerBranch;
}

/** A network that belongs to the sandbox alone. */
export interface PlannedNetwork {
  readonly key: string;
  /** No way out: its containers reach each other and nothing else. */
  readonly internal: boolean;
  /** The most containers that join it, those of all profiles counted. */
  readonly capacity: number;
}

/** A volume that lives as long as the sandbox. */
export interface PlannedVolume {
  readonly key: string;
  /** The key of the service that shares a folder through it. Absent for a declared volume. */
  readonly sharedBy?: string;
}

/** What services and jobs have in common: declared properties with their defaults, and decided ones. */
export interface PlannedContainer
  extends Required<Pick<ContainerDefinition, "image" | "profiles" | "extraHosts">>,
    Pick<ContainerDefinition, "user">,
    Pick<ServiceDefinition, "entrypoint"> {
  readonly key: string;
  readonly env: Environment;
  /** The keys of the networks. Those with a way out come first, for the default route. */
  readonly networks: readonly string[];
  /** The names by which others on its networks reach it. */
  readonly aliases: readonly string[];
  readonly mounts: readonly PlannedMount[];
  /** Files that are copied in before it starts, owned by root, writable by nobody. */
  readonly files: readonly PlannedFile[];
  /** Folders in memory by path, each with its largest size in bytes. */
  readonly tmpfs: Readonly<Record<string, number>>;
  readonly limits: PlannedLimits;
  /** Whether process 1 is an init that reaps orphaned processes and forwards signals. */
  readonly init: boolean;
  readonly privileged: boolean;
  /** Whether it gets the certificates of the authorities that the place's network needs. */
  readonly placeCertificates: boolean;
}

/** Upper bounds of a container. What is absent is not bounded. */
export interface PlannedLimits {
  readonly memoryBytes?: number;
  /** Swap on top of the memory. */
  readonly swapBytes?: number;
  readonly cpus?: number;
}

/** A volume of the sandbox in a container. */
export interface PlannedMount {
  /** The key of the volume. */
  readonly volume: string;
  readonly target: string;
  /** Whether the sandbox declares the volume. Others are folders that services share. */
  readonly declared: boolean;
  readonly readOnly: boolean;
}

/** A file or folder in a container. */
export interface PlannedFile {
  readonly target: string;
  readonly source: FileSource;
}

/** A container that keeps running, or completes before others start. */
export interface PlannedService
  extends PlannedContainer,
    Required<Pick<ServiceDefinition, "ports" | "after">>,
    Pick<ServiceDefinition, "command" | "completesWithin" | "dockerDaemon"> {
  /** The ports that the place's own host reaches. */
  readonly published: readonly PlannedPort[];
  /** What proves inside the container that it works. Absent: it counts as ready once it runs. */
  readonly probe?: PlannedProbe;
  /**
   * The same question put from another container; the next best where the probe has none. Absent: nothing to
   * ask.
   */
  readonly remoteProbe?: RemoteProbe;
  /**
   * The variables by which its clients on its networks find it. Empty for a service that is not of the
   * catalog.
   */
  readonly clientVariables: Environment;
  readonly stop: { readonly signal?: string; readonly grace: Duration };
}

/** A port of a service that its host reaches on an address of its own. */
export interface PlannedPort {
  readonly container: number;
  /** Absent: a free one. */
  readonly host?: number;
  /** The host's address: its loopback. */
  readonly address: string;
}

/** When and how often a probe runs. */
export type PlannedTiming = Required<ProbeTiming>;

/** A probe inside a service's container. */
export type PlannedProbe =
  /** The command exits with 0. A string is a command of the container's shell. */
  | ({ readonly kind: "exec"; readonly command: string | readonly string[] } & PlannedTiming)
  /** Something listens on the port, beyond the container's loopback. */
  | ({ readonly kind: "tcp"; readonly port: number } & PlannedTiming)
  /** A GET answers with a 2xx or 3xx status. */
  | ({ readonly kind: "http"; readonly port: number; readonly path: string } & PlannedTiming)
  /** A line of the output matches. `otherwise` is for places that read no output. */
  | {
      readonly kind: "log";
      readonly pattern: string;
      readonly ignoreCase: boolean;
      readonly within: Duration;
      readonly otherwise?: Extract<PlannedProbe, { readonly kind: "tcp" }>;
    }
  /** The image's own healthcheck. */
  | { readonly kind: "image"; readonly within: Duration };

/** A probe from another container. `exact`: it proves what the probe inside proves. */
export type RemoteProbe = { readonly within: Duration; readonly exact: boolean } & (
  | { readonly kind: "dial"; readonly port: number }
  | { readonly kind: "http"; readonly port: number; readonly path: string }
  | { readonly kind: "dialogue"; readonly port: number; readonly dialogue: Dialogue }
  | { readonly kind: "run"; readonly command: readonly string[] }
);

/** A container that runs a script once and has an exit code. */
export interface PlannedJob
  extends PlannedContainer,
    Required<
      Omit<JobDefinition, keyof ContainerDefinition | "files" | "env" | "entrypoint" | "variablesFile">
    >,
    Pick<JobDefinition, "variablesFile"> {
  /**
   * A folder of the project that the container sees, read-only, in its working folder. Absent: an empty
   * folder.
   */
  readonly projectFiles?: string;
  /** Whether a target may work in a folder of its own instead: the declaration names none. */
  readonly workingFolderIsFree: boolean;
  /** GitLab's predefined variables that its commands name. */
  readonly predefined: PredefinedVariables;
}
