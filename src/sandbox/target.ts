import type { Loss } from "../losses/losses.ts";
import type { LossTable } from "../losses/support.ts";
import type { Environment } from "../machine/environment.ts";
import type { Duration } from "../model/duration.ts";
import type { Plan } from "../model/plan/plan.ts";
import type { Runner } from "../model/runner/runner.ts";
import type { Subnet } from "../model/subnets.ts";
import type { EmittedFile } from "../text/emitted-file.ts";
import type { Place } from "./place.ts";
import type { ProofSettings, ProofTarget } from "./proof-target.ts";

/** What a folder such as docker, kubernetes, compose or gitlab gives. */
export interface Target {
  readonly name: string;
  /** What each form of it does not express as declared. The first is that of its places, if it runs. */
  readonly losses: readonly [LossTable, ...LossTable[]];
  /** Absent where sandboxes cannot run on it. */
  readonly runs?: RunningTarget;
  /** Absent where it has no files. */
  readonly emits?: EmittingTarget;
}

/** A target for which `nestbox emit` writes files. */
export interface EmittingTarget {
  /** What it reads beside the sandboxes: the declared runners, the settings of branches' stacks. */
  readonly needs: { readonly runners: boolean; readonly branches: boolean };
  /** Where its files are, from the project's folder. Emit touches no other file there. */
  readonly paths: readonly EmittedPath[];
  /**
   * Its files for some sandboxes, and the losses. The same request gives the same bytes.
   * @throws DeclarationError for a property that it cannot express, ConfigurationError for a missing file
   */
  emit(request: EmitRequest): Emission;
  /** What the user has to do after its files are written. Empty if nothing. */
  advice?(written: WrittenFiles): string;
  /** How `nestbox prove` runs its files, on an engine. Absent where nothing of this machine can. */
  proof?(settings: ProofSettings): Promise<ProofTarget>;
}

/** A single file, or the files with a name extension below a folder. */
export type EmittedPath = string | { readonly folder: string; readonly extension: string };

/** The declarations that emitted files derive from. */
export interface EmitRequest {
  /** The plans of the chosen sandboxes, with all profiles active. */
  readonly plans: readonly Plan[];
  /** Whether these are all sandboxes of the project. Only then it gets the files that they share. */
  readonly isWhole: boolean;
  /** The file of the sandboxes, from the project's folder. */
  readonly declaredIn: string;
  readonly projectFolder: string;
  /** The project's folder in its repository, with a slash at its end: `services/api/`. Empty at the root. */
  readonly folder: string;
  /** Empty for a target that does not need them. */
  readonly runners: readonly Runner[];
  /** The namespace of a cluster that takes all of them. @default each has one of its own */
  readonly namespace?: string | undefined;
  /** The time to live of each branch's stack after its last use. Unused without a `perBranch` sandbox. */
  readonly timeToLive: Duration | "never";
}

/** The emitted files of sandboxes and their losses. */
export interface Emission {
  readonly files: readonly EmittedFile[];
  readonly losses: readonly Loss[];
}

/** Emitted files beside the ones that their folder has. */
export interface WrittenFiles {
  /** The folder that they are written to. */
  readonly folder: string;
  /** That folder in its repository, with a slash at its end. Empty at the root. */
  readonly inRepository: string;
  readonly files: readonly {
    readonly path: string;
    /** The content before. */
    readonly found?: string | undefined;
    /** Whether it is the project's own, which is not overwritten. */
    readonly isKept: boolean;
  }[];
}

/** A target on whose places sandboxes run. */
export interface RunningTarget {
  /** What it needs of this machine. Images are provided on the engine of a target that needs one. */
  readonly needs: { readonly engine: boolean; readonly cluster: boolean };
  /** The Pulumi provider of its resources. */
  readonly provider: string;
  /** The registry that its place pulls built images from. @default none: they are used on its engine */
  registryOf?(settings: PlaceSettings): string | undefined;
  /** A text that is equal for settings that lead to one place. Connects to nothing. */
  placeOf(settings: PlaceSettings): string;
  /** Why its place may end with the CI job that uses it; undefined for one that outlives the job. */
  endsWithJob(environment: Environment): string | undefined;
  /**
   * Connects to the place that the settings and the environment choose.
   * @throws ConfigurationError if there is none
   */
  connect(request: ConnectRequest): Promise<Place>;
}

/** What a project says of the places of its sandboxes. */
export interface PlaceSettings {
  readonly subnetPool: Subnet;
  /** Images of services that may be privileged; `*` matches any characters but `/`. */
  readonly privilegedImages: readonly string[];
  /** The value of the setting that is named after the target. */
  readonly own: unknown;
}

export interface ConnectRequest {
  /** The name of the project, for labels. */
  readonly project: string;
  /** The folder that relative paths of files start from. */
  readonly projectFolder: string;
  readonly settings: PlaceSettings;
  /** A context of the kubeconfig. @default that of the settings, else the current one */
  readonly context?: string | undefined;
  /** The variables of this process, and those that the set-up of the machine adds. */
  readonly environment: Environment;
  /** The references of images that are built and pushed, by the names of their builds. @default none */
  readonly published?: Readonly<Record<string, string>>;
}

/** A target in the list of all targets: loaded when it is used. */
export interface TargetEntry {
  readonly name: string;
  /** Whether sandboxes run on its places. */
  readonly runs: boolean;
  /** Whether `nestbox emit` writes its files, always or with `--target` alone. @default never */
  readonly emits?: "always" | "when named";
  readonly load: () => Promise<Target>;
}
