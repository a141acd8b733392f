/** The requirements of a command. */
export interface SetUpRequest {
  /** The folder of the user's project; its node_modules come before those of this package. */
  readonly projectFolder: string;
  /** Whether a Docker engine is needed. Images need one too. */
  readonly docker: boolean;
  /** Whether the Pulumi CLI is needed, with the plugins of the project's resources. */
  readonly pulumi: boolean;
  /** The providers of those resources. @default Docker's */
  readonly providers?: readonly ProviderName[];
  /** The images of the containers, as declared: "redis:7-alpine". */
  readonly images: readonly string[];
  /** Ends the set-up. By default it ends itself when the process is interrupted. */
  readonly signal?: AbortSignal;
}

/** A provider of resources, by its name in Pulumi. GitLab's is for runners. */
export type ProviderName = "docker" | "kubernetes" | "gitlab";

/** The result of a set-up, without parts that were not requested. Plain data. */
export interface Ready {
  readonly docker?: ReadyDocker;
  readonly pulumi?: ReadyPulumi;
  readonly plugins?: readonly ReadyPlugin[];
  readonly passedOver?: readonly PassedOver[];
  readonly images: readonly ReadyImage[];
  /** Variables that child processes need in addition to those of this process. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface ReadyDocker {
  /** As in DOCKER_HOST. */
  readonly host: string;
  /** nestbox: started by nestbox-airgap. */
  readonly kind: "existing" | "nestbox";
  readonly version: string;
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
