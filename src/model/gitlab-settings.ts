/**
 * The strategy by which a GitLab CI job gets its services. `services`: GitLab's `services:`.
 * `docker-in-docker`: one of these services is the job's Docker daemon. `compose`: the sandbox's compose file
 * in a Docker daemon of the job.
 */
export type ServiceStrategy = "services" | "docker-in-docker" | "compose";

/** Settings of a job that only GitLab CI uses. */
export interface GitLabSettings {
  /**
   * @default the first of `services`, `docker-in-docker` and `compose` that supports the sandbox
   */
  readonly strategy?: ServiceStrategy;
  /** The name of a declared runner. @default the first runner that supports the job */
  readonly runner?: string;
  /** @default "test" */
  readonly stage?: string;
  /** The exit codes with which the job may fail without failing the pipeline. @default none */
  readonly allowedExitCodes?: readonly number[];
}
