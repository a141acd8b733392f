import type * as pulumi from "@pulumi/pulumi";
import type { Duration } from "../../model/duration.ts";
import type { DockerRunner } from "../../model/runner/runner.ts";
import type { RunnerMirrorArgs } from "./mirror-container.ts";
import type { RunnerScope } from "./register-runner.ts";

/** The arguments of a {@link GitLabRunner} with runners of these names. */
export interface GitLabRunnerArgs<Name extends string = string> {
  /**
   * The declared runners. A single gitlab-runner process serves them all.
   * @example { runners: [{ name: "docker", tags: ["docker"] }] }
   * @throws ConfigurationError for no runner, two of one name, and an invalid property
   */
  readonly runners: readonly (DockerRunner & { readonly name: Name })[];
  /**
   * The scope of the jobs that they take. A change forces replacement.
   * @example { scope: { project: 7 } } // or { group: 3 }, or "instance"
   */
  readonly scope: RunnerScope;
  /**
   * The address of GitLab. A change forces replacement.
   * @example { gitlabUrl: "https://gitlab.example.com" }
   */
  readonly gitlabUrl: string;
  /**
   * An access token with the scopes `create_runner` and `manage_runner`. The state has it encrypted.
   * @default the environment variable GITLAB_TOKEN
   * @example { token: config.requireSecret("gitlabToken") }
   */
  readonly token?: pulumi.Input<string>;
  /**
   * A file with CA certificates in PEM, for a GitLab with a private certificate authority. Relative to the
   * folder of Pulumi.yaml.
   * @default none
   * @example { certificates: "ca.pem" }
   * @throws ConfigurationError for a missing file, and one without certificates
   */
  readonly certificates?: string;
  /**
   * An image of gitlab-runner 18.10 or newer.
   * @default "gitlab/gitlab-runner:v19.3.0"
   * @example { image: "registry.example.com/gitlab-runner:v19.3.0" }
   */
  readonly image?: string;
  /**
   * The path of the engine's socket on the engine's host.
   * @default "/var/run/docker.sock"
   * @example { dockerSocket: "/run/user/1000/docker.sock" }
   */
  readonly dockerSocket?: string;
  /**
   * The port of gitlab-runner's metrics on the host's loopback. A port in use fails the container.
   * @default none
   * @example { metricsPort: 9252 }
   */
  readonly metricsPort?: number;
  /**
   * The time that a stopping container waits for running jobs.
   * @default the longest job of its runners, else "1h"
   * @example { drain: "30m" }
   */
  readonly drain?: Duration;
  /**
   * The registry mirror for the Docker daemons in jobs; `false` for none.
   * @default a mirror if a runner has privilegedServices and no runner has a registryMirror
   * @example { mirror: { port: 5005 } }
   * @throws ConfigurationError if a runner has a registryMirror, too
   */
  readonly mirror?: RunnerMirrorArgs | false;
  /**
   * The lifetime of runner tokens in GitLab. The first `up` after half of it replaces them.
   * @default unlimited
   * @example { tokenLifetime: "30d" }
   */
  readonly tokenLifetime?: Duration;
}
