import type * as pulumi from "@pulumi/pulumi";
import type { Duration } from "../../model/duration.ts";
import type { Runner } from "../../model/runner/runner.ts";
import type { RunnerMirrorArgs } from "./mirror-container.ts";
import type { RunnerScope } from "./register-runner.ts";

/** The arguments of a GitLabRunner. */
export interface GitLabRunnerArgs {
  /** The declared runners, at least one. A single gitlab-runner process serves them all. */
  readonly runners: readonly Runner[];
  /** The scope of the jobs that they take. A change forces replacement. */
  readonly scope: RunnerScope;
  /** The address of GitLab: `https://gitlab.example.com`. A change forces replacement. */
  readonly gitlabUrl: string;
  /**
   * An access token with the scopes `create_runner` and `manage_runner`.
   * @default the environment variable GITLAB_TOKEN
   */
  readonly token?: pulumi.Input<string>;
  /**
   * A file with CA certificates in PEM, for a GitLab with a private certificate authority. Relative to the
   * program's folder.
   * @default none
   */
  readonly certificates?: string;
  /** An image of gitlab-runner 18.10 or newer. @default "gitlab/gitlab-runner:v19.3.0" */
  readonly image?: string;
  /** The path of the engine's socket on the engine's host. @default "/var/run/docker.sock" */
  readonly dockerSocket?: string;
  /** The port of gitlab-runner's metrics on the host's loopback. @default none */
  readonly metricsPort?: number;
  /**
   * The time that a stopping container waits for running jobs.
   * @default the longest job of its runners, else "1h"
   */
  readonly drain?: Duration;
  /**
   * The registry mirror for the Docker daemons in jobs; `false` for none.
   * @default a mirror if a runner has privilegedServices and no runner has a registryMirror
   */
  readonly mirror?: RunnerMirrorArgs | false;
  /**
   * The lifetime of runner tokens in GitLab. The first `up` after half of it replaces them.
   * @default unlimited
   */
  readonly tokenLifetime?: Duration;
}
