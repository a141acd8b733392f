import type * as pulumi from "@pulumi/pulumi";
import type { Duration } from "../../model/duration.ts";
import type { KubernetesRunner } from "../../model/runner/runner.ts";
import type { RegistrationArgs } from "./gitlab-registration.ts";

/** The arguments of a {@link ClusterRunner}. */
export interface ClusterRunnerArgs extends RegistrationArgs {
  /**
   * The declared runner. A runner in a cluster has a Deployment of its own.
   * @example { runner: { name: "pods", tags: ["pods"], executor: "kubernetes" } }
   * @throws ConfigurationError for an invalid property
   */
  readonly runner: KubernetesRunner;
  /**
   * A file with CA certificates in PEM, for a GitLab with a private certificate authority. Relative to the
   * folder of Pulumi.yaml.
   * @default none
   */
  readonly certificates?: string;
  /**
   * An image of gitlab-runner 18.10 or newer.
   * @default "gitlab/gitlab-runner:v19.3.0"
   */
  readonly image?: string;
  /**
   * The time that a pod that is removed or replaced waits for its running jobs. Later it is killed, and they
   * fail.
   * @default the longest job of the runner, else "1h"
   */
  readonly drain?: Duration;
  /** The account of the runner's cache. @default the cloud identity of the pod */
  readonly cacheAccount?: {
    readonly accessKey: pulumi.Input<string>;
    readonly secretKey: pulumi.Input<string>;
  };
}
