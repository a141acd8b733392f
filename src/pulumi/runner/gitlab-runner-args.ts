import type * as pulumi from "@pulumi/pulumi";
import type { Duration } from "../../model/duration.ts";
import type { Runner } from "../../model/runner.ts";
import type { RunnerScope } from "./registration.ts";
import type { RunnerMirrorArgs } from "./registry-mirror.ts";

/** What a GitLabRunner is made of. */
export interface GitLabRunnerArgs {
  /** The declared runners, all served by one gitlab-runner; one at least. */
  readonly runners: readonly Runner[];
  /** Whose jobs they take. Another scope makes other runners. */
  readonly scope: RunnerScope;
  /**
   * The address of GitLab: `https://gitlab.example.com`. Another one makes the runners anew there, and
   * deletes those here.
   */
  readonly gitlabUrl: string;
  /**
   * An access token with the scopes `create_runner` and `manage_runner`.
   * @default GITLAB_TOKEN of the environment
   */
  readonly token?: pulumi.Input<string>;
  /**
   * A file with certificates of authorities in PEM, where GitLab's is from one of its own; from the program's
   * folder.
   * @default none
   */
  readonly certificates?: string;
  /** gitlab-runner 18.10 or newer. @default "gitlab/gitlab-runner:v19.3.0" */
  readonly image?: string;
  /** The engine on which jobs run, as its host sees the socket. @default "/var/run/docker.sock" */
  readonly dockerSocket?: string;
  /** A port of the host's loopback with gitlab-runner's metrics. @default none */
  readonly metricsPort?: number;
  /**
   * How long the end of the container waits for jobs that run.
   * @default the longest job of its runners, else "1h"
   */
  readonly drain?: Duration;
  /**
   * The registry mirror beside the runners, for the Docker daemons in their jobs; `false` for none.
   * @default one where a runner has privilegedServices and none names a registryMirror
   */
  readonly mirror?: RunnerMirrorArgs | false;
  /**
   * How long GitLab lets a runner's token live: replaced by the first `up` after half of that at most.
   * @default for ever
   */
  readonly tokenLifetime?: Duration;
}
