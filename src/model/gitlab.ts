/**
 * How a job in GitLab CI gets the services of its sandbox: as GitLab's `services:`, as `services:` one of
 * which is a Docker daemon that the job talks to, or from the sandbox's compose file in a Docker daemon of
 * the job's own.
 */
export type ServiceStrategy = "services" | "docker-in-docker" | "compose";

/** What a job says to GitLab alone. */
export interface GitLabSettings {
  /**
   * @default the first of `services`, `docker-in-docker` and `compose` that expresses what the sandbox needs
   */
  readonly strategy?: ServiceStrategy;
  /** The name of a declared runner. @default the first one that offers what the job needs */
  readonly runner?: string;
  /** @default "test" */
  readonly stage?: string;
  /** The exit codes with which the job may fail and the pipeline go on. @default none */
  readonly allowedExitCodes?: readonly number[];
}
