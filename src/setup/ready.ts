/** What a command needs of this machine. */
export interface SetUpRequest {
  /** The project's folder: its state is kept there, and the project's node_modules are used. */
  readonly projectFolder: string;
  /** Whether a Docker engine is needed. Images need one too. */
  readonly docker: boolean;
  /** Whether the Pulumi CLI is needed, with the plugins of the project's resources. */
  readonly pulumi: boolean;
  /** Whether runners in GitLab are among those resources. @default false */
  readonly gitlab?: boolean;
  /** The images that containers will be made from, as a declaration names them: "redis:7-alpine". */
  readonly images: readonly string[];
  /** Ends the set-up. By default it ends itself when the process is interrupted. */
  readonly signal?: AbortSignal;
}

/** What the set-up found or made. Plain data. What was not asked for is left out. */
export interface Ready {
  readonly docker?: ReadyDocker;
  readonly pulumi?: ReadyPulumi;
  readonly plugins?: readonly ReadyPlugin[];
  readonly passedOver?: readonly PassedOver[];
  readonly images: readonly ReadyImage[];
  /** What child processes need in their environment on top of this process's. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface ReadyDocker {
  /** As in DOCKER_HOST. */
  readonly host: string;
  /** Whether it was there or is the project's own. */
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

/** A plugin of Pulumi's. */
export interface ReadyPlugin {
  /** As people name it: "Docker provider". */
  readonly title: string;
  /** Without a leading v. Undefined for a plugin of which any version serves. */
  readonly version?: string;
  /**
   * path: it is on PATH. installed: it is in a plugin folder of Pulumi's, or beside the CLI. compiled: from
   * its Go modules, here. stand-in: a program of airgap/ that serves in its place.
   */
  readonly kind: "path" | "installed" | "compiled" | "stand-in";
  /** The full path of the program. */
  readonly command: string;
}

/** A program on PATH that is not used, because of its version. */
export interface PassedOver {
  readonly command: string;
  /** Without a leading v; "unknown" if it does not report one. */
  readonly version: string;
  /** "5.2.0" or "3.200.0 or newer". */
  readonly wanted: string;
}

export interface ReadyImage {
  readonly name: string;
  /** present: the engine had it. A stand-in is a stand-in whether it was there or has just been built. */
  readonly kind: "present" | "pulled" | "stand-in";
}
