/**
 * What there is to know about a container with gitlab-runner, as far as it makes jobs fail. Plain data
 * without any token.
 */
export interface RunnerFacts {
  readonly name: string;
  readonly stack: string;
  /** As Docker has it: `running`, `restarting`, `paused`, `exited` … */
  readonly state: string;
  /** Undefined without a healthcheck. */
  readonly health?: string;
  readonly exitCode: number;
  /** How often the engine has started it again. */
  readonly restarts: number;
  /** How many jobs it runs right now, where that can be told. */
  readonly jobs?: number;
  /** gitlab-runner's own, `19.3.0`, or as the image's tag says it. Undefined where neither tells. */
  readonly version?: string;
  /** The text of its config.toml; undefined where there is none. */
  readonly config?: string;
  /** What the declarations of the project give for it today, or why that is not known. */
  readonly declared: { readonly config: string } | { readonly unknown: string };
  /** The addresses of the host at which its ports are published. */
  readonly publishedAt: readonly string[];
  /** Whether it has no network of its own, but the host's. */
  readonly onHostNetwork: boolean;
  /** GitLab's address; undefined where the container has none. */
  readonly gitlabUrl?: string;
  /** Whether GitLab answers this machine. */
  readonly gitlab: GitLabReach;
  /** What `gitlab-runner verify` in the container said: whether GitLab answers the runner itself. */
  readonly verified: RunnerReach;
  /** Each runner's token, by the runner's name. */
  readonly tokens: Readonly<Record<string, TokenState>>;
  /** How many more networks the engine's address pools hold, those of running jobs not counted. */
  readonly freeNetworks: number;
  /** The MTU of the way out of the engine's machine, in bytes; undefined when that is another one. */
  readonly uplinkMtu?: number;
  /** The registry mirror beside the runner; undefined where its stack has none. */
  readonly mirror?: MirrorFacts;
}

/** What in a config.toml comes from the stack's settings, by the names that its rendering has for them. */
export interface StackSettingsInConfig {
  readonly metricsAddress?: string;
  readonly daemonConfig?: string;
  readonly gitlabAuthorities?: string;
}

/** A registry mirror beside a runner. */
export interface MirrorFacts {
  readonly name: string;
  readonly works: boolean;
  /** As `docker ps` has it. */
  readonly status: string;
  /** Where it listens on the host: `http://172.17.0.1:5005`. Undefined while it does not. */
  readonly address?: string;
  /** The mirrors of the engine on which jobs run. */
  readonly engineMirrors: readonly string[];
}

/** Whether GitLab answers. */
export type GitLabReach =
  | { readonly kind: "answers" }
  /** Something answers, and it is no GitLab. */
  | { readonly kind: "stranger"; readonly status: number }
  | { readonly kind: "unreachable"; readonly reason: string }
  | { readonly kind: "unknown"; readonly reason: string };

/** What gitlab-runner itself gets from GitLab. */
export type RunnerReach =
  | { readonly kind: "answers" }
  | { readonly kind: "unreachable"; readonly reason: string }
  | { readonly kind: "unknown"; readonly reason: string };

/** What GitLab says of a runner's token. */
export type TokenState =
  /** @property expires in ISO 8601; undefined for one that does not end */
  | { readonly kind: "valid"; readonly expires?: string }
  | { readonly kind: "refused"; readonly status: number }
  /** The configuration names a variable that the container does not have. */
  | { readonly kind: "missing"; readonly variable: string }
  | { readonly kind: "unknown"; readonly reason: string };
