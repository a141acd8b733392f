import type { RunnerContainer } from "../../gitlab/runner/runners.ts";

/** The properties of a gitlab-runner container that make jobs fail. Plain data without tokens. */
export interface RunnerFacts extends Pick<RunnerContainer, "name" | "stack" | "state" | "jobs"> {
  /** Undefined without a healthcheck. */
  readonly health?: string;
  readonly exitCode: number;
  /** The number of restarts by the engine. */
  readonly restarts: number;
  /** The version of gitlab-runner, `19.3.0`, from the program or its image's tag; undefined if unknown. */
  readonly version?: string;
  /** The text of config.toml; undefined if the file is missing. */
  readonly config?: string;
  /** The config.toml that the project's declarations produce now, or why it is unknown. */
  readonly declared: { readonly config: string } | { readonly unknown: string };
  /** The host addresses of the published ports. */
  readonly publishedAt: readonly string[];
  readonly onHostNetwork: boolean;
  /** GitLab's address; undefined if the container has none. */
  readonly gitlabUrl?: string;
  /** Whether GitLab is reachable from this machine. */
  readonly gitlab: GitLabReach;
  /** Whether GitLab is reachable from the container, by `gitlab-runner verify`. */
  readonly verified: RunnerReach;
  /** The state of each runner's token, by the runner's name. */
  readonly tokens: Readonly<Record<string, TokenState>>;
  /** The free subnets of the engine's address pools, without those of running jobs. */
  readonly freeNetworks: number;
  /** The MTU of the uplink of the engine's machine, in bytes; undefined on another machine. */
  readonly uplinkMtu?: number;
  /** The registry mirror of the runner's stack, if any. */
  readonly mirror?: MirrorFacts;
}

/** The properties of a runner's registry mirror. */
export interface MirrorFacts {
  readonly name: string;
  readonly works: boolean;
  /** The status in `docker ps`. */
  readonly status: string;
  /** The address on the host, `http://172.17.0.1:5005`; undefined while it does not listen. */
  readonly address?: string;
  /** The registry mirrors that the engine of the jobs is configured with. */
  readonly engineMirrors: readonly string[];
}

/** Whether GitLab is reachable from the runner's container. */
export type RunnerReach =
  | { readonly kind: "answers" }
  | { readonly kind: "unreachable" | "unknown"; readonly reason: string };

/** Whether GitLab is reachable from this machine. Another server may answer at its address. */
export type GitLabReach = RunnerReach | { readonly kind: "not-gitlab"; readonly status: number };

/** The state of a runner's token in GitLab. */
export type TokenState =
  /** @property expires in ISO 8601; undefined for a token that does not expire */
  | { readonly kind: "valid"; readonly expires?: string }
  | { readonly kind: "refused"; readonly status: number }
  /** config.toml names a variable that the container does not have. */
  | { readonly kind: "missing"; readonly variable: string }
  | { readonly kind: "unknown"; readonly reason: string };
