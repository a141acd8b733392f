/**
 * The strategy by which a GitLab CI job gets its services:
 * - `services`: GitLab's `services:`
 * - `docker-in-docker`: one of these services is the job's Docker daemon
 * - `compose`: the sandbox's compose file in a Docker daemon of the job
 * - `cluster`: `nestbox run` in the job starts the sandbox in the cluster of a runner with `sandboxes`
 *
 * Images that are built are built in the daemon of `compose`. With `services` and `docker-in-docker`, a job
 * of their own pushes them to the project's registry.
 */
export type ServiceStrategy = "services" | "docker-in-docker" | "compose" | "cluster";

/** Settings of a job that only GitLab CI uses. */
export interface GitLabSettings {
  /**
   * @default the first that supports the sandbox on the runner without a registry: `services` or
   * `docker-in-docker`, then `cluster` on a runner with `sandboxes`, else `compose`
   */
  readonly strategy?: ServiceStrategy;
  /** The name of a declared runner. @default the first runner that supports the job */
  readonly runner?: string;
  /** @default "test" */
  readonly stage?: string;
  /** The exit codes with which the job may fail without failing the pipeline. @default none */
  readonly allowedExitCodes?: readonly number[];
  /** When the job is in a pipeline: the first rule that applies counts. @default always */
  readonly rules?: readonly GitLabRule[];
  /** How often GitLab repeats the job after a failure, up to 2. @default 0 */
  readonly retry?: number | { readonly max: number; readonly when: readonly string[] };
  /** Whether a newer pipeline of the branch cancels the job. @default the project's setting */
  readonly interruptible?: boolean;
  /** An expression for the test coverage in the job's output: `/TOTAL.*? (\d+)%/`. @default none */
  readonly coverage?: string;
  /** The environment that the job deploys to. @default none */
  readonly environment?: { readonly name: string; readonly url?: string };
  /** Jobs of one resource group never run at the same time. @default none */
  readonly resourceGroup?: string;
}

/** Source: https://docs.gitlab.com/ci/yaml/#rules */
export interface GitLabRule {
  /** An expression such as `$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH`. @default it applies to all */
  readonly if?: string;
  /** Files, of which one must have changed. @default any */
  readonly changes?: readonly string[];
  /** Files, of which one must exist. @default any */
  readonly exists?: readonly string[];
  /** @default "on_success" */
  readonly when?: RuleCondition;
  /** Whether the pipeline goes on after a failure. @default false */
  readonly allowFailure?: boolean;
}

export const RULE_CONDITIONS = ["on_success", "on_failure", "always", "manual", "never"] as const;

export type RuleCondition = (typeof RULE_CONDITIONS)[number];
