import type { Duration } from "../duration.ts";
import type { Limits } from "../limits.ts";
import type { KubernetesExecutor } from "./kubernetes-executor.ts";

/** The condition under which a runner pulls an image. */
export type PullPolicy = "always" | "if-not-present" | "never";

/**
 * A GitLab runner. Jobs are never privileged, and each has its own network. There is no `network_mode`, since
 * any value turns Docker's network per job off.
 */
export type Runner = DockerRunner | KubernetesRunner;

/** A runner whose jobs are containers on a Docker engine, and which runs there itself. */
export interface DockerRunner extends CommonSettings, DockerExecutor, Absent<KubernetesExecutor> {
  /** @default "docker" */
  readonly executor?: "docker";
}

/** A runner whose jobs are pods of a Kubernetes cluster, and which runs there itself. */
export interface KubernetesRunner extends CommonSettings, KubernetesExecutor, Absent<DockerExecutor> {
  readonly executor: "kubernetes";
}

type Absent<Settings> = { readonly [Key in keyof Settings]?: never };

/** The settings of the Docker executor alone. */
export interface DockerExecutor {
  /** Whether jobs of a project share a cache of pip and npm downloads. @default true */
  readonly dependencyCache?: boolean;
}

/** The settings of either executor. */
export interface CommonSettings {
  /** The name in jobs and messages. */
  readonly name: string;
  /** The tags that jobs select runners by. */
  readonly tags: readonly string[];
  /**
   * The images of services that run privileged. `*` matches any characters but `/`.
   * @default none
   */
  readonly privilegedServices?: readonly string[];
  /** Whether jobs, but not services, may create user namespaces, as rootless BuildKit does. @default false */
  readonly userNamespaces?: boolean;
  /**
   * The folders that a job and its services share, `volumes` in config.toml. Docker-in-Docker with TLS needs
   * `/certs/client`.
   * @default none
   */
  readonly sharedFolders?: readonly string[];
  /**
   * The MTU in bytes of job networks on a Docker engine, and of the Docker daemons in jobs.
   * @default 1500, as in Docker
   */
  readonly mtu?: number;
  /**
   * The URL of a registry mirror for Docker daemons in jobs: `"http://mirror.example.com:5000"`.
   * @default none
   */
  readonly registryMirror?: string;
  /** The number of concurrent jobs. @default 4 */
  readonly limit?: number;
  /** The default image of jobs. @default "alpine:3.22" */
  readonly image?: string;
  /** The limits of each job. @default no limits */
  readonly jobLimits?: Limits;
  /** The limits of each service of a job. @default no limits */
  readonly serviceLimits?: Limits;
  /** The pull policies, tried in order until one succeeds. @default ["always", "if-not-present"] */
  readonly pullPolicy?: readonly PullPolicy[];
  /**
   * The image that clones and keeps caches, for networks without access to the default image.
   * @default the runner's own
   */
  readonly helperImage?: string;
  /** Whether it takes jobs without tags. @default false */
  readonly runUntagged?: boolean;
  /** Whether it takes only jobs of protected branches and tags. @default false */
  readonly protectedOnly?: boolean;
  /**
   * Whether a project's runner is locked to the project. No effect on runners of a group or the instance.
   * @default true with privilegedServices, else false
   */
  readonly locked?: boolean;
  /** The time limit of its jobs, at least ten minutes. @default the project's */
  readonly longestJob?: Duration;
}

/** Whether a runner's jobs are pods. */
export function runsInCluster<One extends Pick<Runner, "executor">>(
  runner: One,
): runner is Extract<One, { readonly executor: "kubernetes" }> {
  return runner.executor === "kubernetes";
}

/** Whether a runner's jobs are containers of a Docker engine. */
export function runsOnEngine<One extends Pick<Runner, "executor">>(
  runner: One,
): runner is Exclude<One, { readonly executor: "kubernetes" }> {
  return !runsInCluster(runner);
}

/**
 * Whether a runner also gets the jobs of another, since it has all tags of that runner.
 * Source: https://docs.gitlab.com/ci/runners/configure_runners/#control-jobs-that-a-runner-can-run
 */
export function takesJobsOf(runner: Runner, other: Runner): boolean {
  if (runner.name === other.name) return false;
  if (other.tags.length === 0) return runner.runUntagged ?? false;
  return other.tags.every((tag) => runner.tags.includes(tag));
}
