import type { BuildDefinition } from "../build-definition.ts";
import type { Artifacts } from "../declaration/artifacts.ts";
import type { JobDefinition } from "../declaration/job.ts";
import type { JobCache } from "../declaration/job-cache.ts";
import type { ContainerDefinition, ServiceDefinition } from "../declaration/service.ts";
import type { Duration } from "../duration.ts";
import type { FileSource } from "../file-source.ts";
import type { Overridden } from "../override.ts";
import type { PerBranch } from "../per-branch.ts";
import type { Dialogue, ProbeTiming } from "../probe.ts";
import type { SeedStep } from "../seed.ts";
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
  /**
   * The images of its services and jobs that are pulled, each once. An image that a job builds is none of
   * them.
   */
  readonly images: readonly string[];
  /** The images of its services and jobs that are built, each once. */
  readonly builds: readonly PlannedBuild[];
  /** The names of the secrets that its services and active jobs need. */
  readonly secrets: readonly string[];
  /** How each branch gets one of its own in GitLab CI. Absent where branches do not. */
  readonly perBranch?: PerBranch;
}

/** An image that is built from a folder of the project. */
export interface PlannedBuild extends Omit<BuildDefinition, "args" | "secrets" | "cacheFrom"> {
  /**
   * The name by which containers have it. Its tag is a hash of this build, until {@link nameBuilds} reads the
   * files: from then on a hash of these, too.
   */
  readonly image: string;
  /** `"."` for the project's folder. */
  readonly context: string;
  readonly dockerfile: string;
  readonly args: Readonly<Record<string, string>>;
  /** The names of secrets by their ids. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly cacheFrom: readonly string[];
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

/** The properties of a container that the plan decides or expresses otherwise. All others are as declared. */
type DecidedOfContainer =
  | "image"
  | "profiles"
  | "extraHosts"
  | "networks"
  | "volumes"
  | "tmpfs"
  | "limits"
  | "noNewPrivileges"
  | "pidsLimit";

/** What services and jobs have in common: declared properties with their defaults, and decided ones. */
export interface PlannedContainer
  extends Overridden,
    Omit<ContainerDefinition, DecidedOfContainer>,
    Required<Pick<ContainerDefinition, "profiles" | "extraHosts">>,
    Pick<ServiceDefinition, "entrypoint"> {
  readonly key: string;
  /** The reference of one of the plan's `images` or `builds`; of a job also a variable. */
  readonly image: string;
  readonly env: Environment;
  /** The keys of the networks. Those with a way out come first, for the default route. */
  readonly networks: readonly string[];
  /** The names by which others on its networks reach it. */
  readonly aliases: readonly string[];
  readonly mounts: readonly PlannedMount[];
  /**
   * Files that are copied in before it starts, owned by root, writable by nobody; and folders of the project
   * that it has read-write.
   */
  readonly files: readonly PlannedFile[];
  /** Folders in memory by path, each with its largest size in bytes. */
  readonly tmpfs: Readonly<Record<string, number>>;
  readonly limits: PlannedLimits;
  /** Whether process 1 is an init that reaps orphaned processes and forwards signals. */
  readonly init: boolean;
  readonly privileged: boolean;
  /** Whether its processes can gain no privileges by executing a file. */
  readonly noNewPrivileges: boolean;
  /** The most processes and threads that it has at once. Absent: any number. */
  readonly pidsLimit?: number;
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

/** The properties of a service that the plan decides or expresses otherwise. All others are as declared. */
type DecidedOfService =
  | keyof ContainerDefinition
  | keyof PlannedContainer
  | ("ports" | "after" | "stop")
  | ("alias" | "publish" | "seed" | "probe" | "runsOnce" | "certificates" | "shares" | "override");

/** A container that keeps running, or completes before others start. */
export interface PlannedService
  extends PlannedContainer,
    Required<Pick<ServiceDefinition, "ports" | "after">>,
    Omit<ServiceDefinition, DecidedOfService> {
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
  /** What fills the state from which its forks start. Absent: they start from its own. */
  readonly seed?: readonly SeedStep[];
}

/** What a service has beyond what it has in common with jobs. */
export type PlannedServicePart = Omit<PlannedService, keyof PlannedContainer>;

/** A port of a service that its host reaches on an address of its own. */
export interface PlannedPort {
  readonly container: number;
  readonly protocol: "tcp" | "udp";
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

/** The properties of a job that the plan decides or expresses otherwise. All others are as declared. */
type DecidedOfJob =
  | keyof ContainerDefinition
  | ("files" | "env" | "entrypoint" | "variablesFile" | "artifacts" | "cache" | "override");

/** What a job leaves. */
export type PlannedArtifacts = Required<Pick<Artifacts, "paths" | "when">> & Pick<Artifacts, "reports">;

/** Folders that later runs of a job find again. */
export interface PlannedCache {
  /** From the working folder, each once, without slashes at their ends. */
  readonly paths: readonly string[];
  /** A name, or files whose contents are the key. */
  readonly key: string | NonNullable<JobCache["key"]>;
}

/** A container that runs a script once and has an exit code. */
export interface PlannedJob
  extends PlannedContainer,
    Required<Omit<JobDefinition, DecidedOfJob>>,
    Pick<JobDefinition, "variablesFile"> {
  /**
   * A folder of the project that the working folder gets a writable copy of. Absent: an empty folder.
   */
  readonly projectFiles?: string;
  /** Absent: nothing. */
  readonly artifacts?: PlannedArtifacts;
  /** Absent: none. */
  readonly cache?: PlannedCache;
  /** Whether a target may work in a folder of its own instead: the declaration names none. */
  readonly workingFolderIsFree: boolean;
  /** GitLab's predefined variables that its commands name. */
  readonly predefined: PredefinedVariables;
}

/** What a job has beyond what it has in common with services. */
export type PlannedJobPart = Omit<PlannedJob, keyof PlannedContainer>;

/** Some properties of a part of a plan that has been taken apart. */
export type Given<Part, Keys extends keyof Part> = { readonly [Key in Keys]?: Part[Key] | undefined };
