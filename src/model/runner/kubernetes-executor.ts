import type { Duration } from "../duration.ts";
import type { Limits } from "../limits.ts";

/** A taint of nodes that pods of jobs tolerate. Without an effect, they tolerate each. */
export interface JobToleration {
  readonly key: string;
  /** @default any value */
  readonly value?: string;
  readonly effect?: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
}

/**
 * A store with the API of S3 for caches of jobs. Its account is in the setting `nestbox:runner.cacheAccount`;
 * without one, gitlab-runner uses the cloud identity of its pod.
 */
export interface JobCache {
  readonly bucket: string;
  /** Host and port. @default Amazon's */
  readonly server?: string;
  /** @default us-east-1 */
  readonly region?: string;
  /** Whether the server has no TLS. @default false */
  readonly insecure?: boolean;
  /** Whether the bucket is a part of the path, not of the host. @default by the server's address */
  readonly pathStyle?: boolean;
  /** Whether runners with the same bucket share their caches. @default false */
  readonly shared?: boolean;
}

/** Pods that keep room for jobs. A new job displaces them. */
export interface IdleCapacity {
  /** Their number; each has the requests of a job. */
  readonly pods: number;
  /** A PriorityClass of the cluster below that of jobs. */
  readonly priorityClass: string;
  /** @default "registry.k8s.io/pause:3.10" */
  readonly image?: string;
}

/** Sandboxes that jobs start in the cluster, by `nestbox run --target kubernetes` in the job. */
export interface JobSandboxes {
  /** The namespace of the sandboxes, apart from that of the jobs. */
  readonly namespace: string;
  /**
   * The addresses of the API server in CIDR notation, as `kubectl get endpoints kubernetes` prints them:
   * `["10.0.0.5/32"]`. No other runner's jobs reach them.
   */
  readonly apiServer: readonly string[];
}

/**
 * The settings of the Kubernetes executor alone.
 * Source: https://docs.gitlab.com/runner/executors/kubernetes/
 */
export interface KubernetesExecutor {
  /** The namespace of jobs. No two runners share one. @default one of its own, `gitlab-jobs-…` */
  readonly namespace?: string;
  /** The namespace of gitlab-runner. @default one of its own, `gitlab-runner-…` */
  readonly runnerNamespace?: string;
  /**
   * Whether `up` creates the namespaces, accounts, Roles and policies, or finds those of
   * `nestbox runner manifest`, which an administrator has applied.
   * @default "created"
   */
  readonly access?: "created" | "existing";
  /** The number of gitlab-runner processes. Each takes up to `limit` jobs. @default 1 */
  readonly replicas?: number;
  /** A ServiceAccount in the namespace of jobs, whose token jobs get. @default one without rights or token */
  readonly serviceAccount?: string;
  /**
   * Lets jobs start sandboxes in the cluster. All jobs of the runner get the token of an account with the
   * rights of `nestbox run`, in that namespace alone.
   * @default none: jobs have no token, and do not reach the API server
   */
  readonly sandboxes?: JobSandboxes;
  /**
   * The numeric user of all containers of jobs, other than root. The namespace of jobs has the level
   * `restricted` of Pod Security then.
   * @default the users of the images, at the level `baseline`
   */
  readonly jobUser?: number;
  /** What is reserved for each job. @default by the limits, as Kubernetes does */
  readonly jobRequests?: Limits;
  /** What is reserved for each service of a job. @default by the limits */
  readonly serviceRequests?: Limits;
  /** The limits of the container that clones and keeps caches. @default no limits */
  readonly helperLimits?: Limits;
  /** What is reserved for that container. @default by the limits */
  readonly helperRequests?: Limits;
  /** The labels of the nodes of jobs. @default any node */
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly tolerations?: readonly JobToleration[];
  /** The names of Secrets in the namespace of jobs, with logins of registries. @default none */
  readonly pullSecrets?: readonly string[];
  readonly cache?: JobCache;
  readonly idle?: IdleCapacity;
  /** The time for the start of a job's pod. @default "3m" */
  readonly startsWithin?: Duration;
  /**
   * Feature flags of gitlab-runner: `{ FF_KUBERNETES_HONOR_ENTRYPOINT: true }`. The Role has what they need.
   * Source: https://docs.gitlab.com/runner/configuration/feature-flags/
   */
  readonly featureFlags?: Readonly<Record<string, boolean>>;
  /**
   * Private addresses that jobs may reach, in CIDR notation: of GitLab, a registry or a store for caches.
   * Others, such as the API server, other pods and the cloud's metadata service, are closed to them.
   * @default none
   */
  readonly reachableAddresses?: readonly string[];
  /** The namespace whose pods may read gitlab-runner's metrics, at port 9252. @default no metrics */
  readonly metricsFrom?: string;
}
