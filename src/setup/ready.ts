import type { Environment } from "../machine/environment.ts";
import type { PlannedBuild } from "../model/plan/plan.ts";
import type { Timed } from "../timings/timings.ts";

/** The requirements of a command. */
export interface SetUpRequest extends Timed {
  /** The folder of the user's project; its node_modules come before those of this package. */
  readonly projectFolder: string;
  /** Whether a Docker engine is needed. Images need one too. */
  readonly docker: boolean;
  /** Whether the Pulumi CLI is needed, with the plugins of the project's resources. */
  readonly pulumi: boolean;
  /** The providers of those resources, by their names in Pulumi. @default Docker's */
  readonly providers?: readonly string[];
  /** The images of the containers, as declared: "redis:7-alpine". */
  readonly images: readonly string[];
  /** The images of the containers that are built. @default none */
  readonly builds?: readonly PlannedBuild[];
  /** The registry that these are pushed to: `registry.example.com/team`. @default they stay on the engine */
  readonly registry?: string | undefined;
  /**
   * Whether the cluster of nestbox-airgap is used, where that runs and KUBECONFIG names no other. It is never
   * started. @default false
   */
  readonly cluster?: boolean;
  /** Where programs, the engine and the settings of the set-up are looked for. */
  readonly environment: Environment;
  /** Ends the set-up, with its reason as the error. */
  readonly signal: AbortSignal;
}

/** The result of a set-up, without parts that were not requested. Plain data. */
export interface Ready {
  readonly docker?: ReadyDocker;
  readonly pulumi?: ReadyPulumi;
  readonly plugins?: readonly ReadyPlugin[];
  readonly passedOver?: readonly PassedOver[];
  readonly images: readonly ReadyImage[];
  /** The references of the images that are in the registry, by the names of their builds. */
  readonly published: Readonly<Record<string, string>>;
  /** Variables that child processes need in addition to those of the request. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface ReadyDocker {
  /** As in DOCKER_HOST. */
  readonly host: string;
  /** nestbox: started by nestbox-airgap. */
  readonly kind: "existing" | "nestbox";
  /** With its name: `Docker 26.1.5`, `Podman 5.4.2`. */
  readonly version: string;
  /** Why this one, and why not those before it. Absent for one that was chosen, and for the usual socket. */
  readonly origin?: string;
}

export interface ReadyPulumi {
  /** The full path of the program. */
  readonly command: string;
  /** Without a leading v. */
  readonly version: string;
  readonly kind: "path" | "download" | "compiled";
}

/** A Pulumi plugin. */
export interface ReadyPlugin {
  /** The name in messages: "Docker provider". */
  readonly title: string;
  /** Without a leading v; undefined if any version is used. */
  readonly version?: string;
  /**
   * path: on PATH. installed: in a plugin folder of Pulumi, or beside the CLI. compiled: from its Go module.
   * stand-in: a program of nestbox-airgap in its place.
   */
  readonly kind: "path" | "installed" | "compiled" | "stand-in";
  /** The full path of the program. */
  readonly command: string;
}

/** A program on PATH that is not used because of its version. */
export interface PassedOver {
  readonly command: string;
  /** Without a leading v; "unknown" if it does not report one. */
  readonly version: string;
  /** "5.2.0" or "3.200.0 or newer". */
  readonly wanted: string;
}

export interface ReadyImage {
  readonly name: string;
  /** present: the engine had it. stand-in: the engine had one, or it has been built. */
  readonly kind: "present" | "pulled" | "stand-in";
}
