import type { Duration } from "../duration.ts";
import type { Limits } from "../limits.ts";

/** When a runner asks the registry for an image. */
export type PullPolicy = "always" | "if-not-present" | "never";

/**
 * A GitLab runner with the Docker executor. Jobs are never privileged, and each has a network of its own:
 * neither can be changed here, so there is no `network_mode`, which would turn the latter off.
 */
export interface Runner {
  /** How jobs and messages name it. */
  readonly name: string;
  /** What jobs ask for in `tags`. */
  readonly tags: readonly string[];
  /**
   * The images that it runs privileged as services; `*` stands for any characters but `/`. Jobs never are.
   * @default none
   */
  readonly privilegedServices?: readonly string[];
  /**
   * Whether its jobs may make user namespaces, as rootless BuildKit does. Services may not. @default false
   */
  readonly userNamespaces?: boolean;
  /**
   * The folders that a job and its services share: `volumes` in its config.toml. Docker-in-Docker with TLS
   * needs `/certs/client`.
   * @default none
   */
  readonly sharedFolders?: readonly string[];
  /** The largest packet that leaves its host, in bytes. @default Docker's own 1500 */
  readonly mtu?: number;
  /**
   * The address of a registry mirror for Docker daemons in jobs: `"http://mirror.example.com:5000"`.
   * @default none
   */
  readonly registryMirror?: string;
  /** How many jobs it runs at once. @default 4 */
  readonly limit?: number;
  /** The image of jobs that name none. @default "alpine:3.22" */
  readonly image?: string;
  /** What its jobs may take, each. @default no bounds */
  readonly jobLimits?: Limits;
  /** What the services of jobs may take, each. @default no bounds */
  readonly serviceLimits?: Limits;
  /** Each is tried when the one before did not get the image. @default ["always", "if-not-present"] */
  readonly pullPolicy?: readonly PullPolicy[];
  /**
   * The image that clones and keeps caches: name it where the runner's own cannot be had.
   * @default the runner's own
   */
  readonly helperImage?: string;
  /** Whether what pip and npm download is kept for later jobs of the same project. @default true */
  readonly dependencyCache?: boolean;
  /** Whether it takes jobs without tags. @default false */
  readonly runUntagged?: boolean;
  /** Whether it takes jobs of protected branches and tags alone. @default false */
  readonly protectedOnly?: boolean;
  /**
   * Whether a project's runner may be given to no other project. Of no effect on those of a group or the
   * instance.
   * @default true with privilegedServices, else false
   */
  readonly locked?: boolean;
  /** The longest that a job may take on it; ten minutes or more. @default what the project says */
  readonly longestJob?: Duration;
}

/**
 * Whether GitLab may give a runner the jobs that are meant for another: it has all the tags of that one.
 * Source: https://docs.gitlab.com/ci/runners/configure_runners/#control-jobs-that-a-runner-can-run
 */
export function takesJobsOf(runner: Runner, other: Runner): boolean {
  if (runner.name === other.name) return false;
  if (other.tags.length === 0) return runner.runUntagged ?? false;
  return other.tags.every((tag) => runner.tags.includes(tag));
}
