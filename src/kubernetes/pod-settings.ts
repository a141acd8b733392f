import type { Labels } from "../model/labels.ts";

/** Amounts of a container, as Kubernetes writes them: `250m`, `64Mi`. */
export interface ResourceAmounts {
  readonly cpu?: string;
  readonly memory?: string;
}

/** https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/ */
export interface Toleration {
  readonly key?: string;
  readonly operator?: "Equal" | "Exists";
  readonly value?: string;
  readonly effect?: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
}

/** https://kubernetes.io/docs/concepts/security/pod-security-standards/ */
export type PodSecurityLevel = "privileged" | "baseline" | "restricted";

/** What the rules of a cluster demand of namespaces and pods. */
export interface PodSettings {
  /** The labels of namespaces and pods, besides Nestbox's own. @default none */
  readonly labels?: Labels;
  /** The annotations of namespaces and pods. @default none */
  readonly annotations?: Labels;
  /** The labels of the nodes that pods run on. @default any node */
  readonly nodeSelector?: Labels;
  /** The taints of nodes that pods tolerate. @default none */
  readonly tolerations?: readonly Toleration[];
  /** The PriorityClass of pods. @default the cluster's default class */
  readonly priorityClass?: string;
  /** The ServiceAccount of pods; the cluster must put it into each namespace. @default `default` */
  readonly serviceAccount?: string;
  /**
   * The level of Pod Security that namespaces of Nestbox get, and that each service and job must meet.
   * @default the cluster's default for namespaces
   */
  readonly podSecurity?: PodSecurityLevel;
  /** What is reserved for a container of a service or job. @default 10m and 16Mi, at most its limits */
  readonly requests?: ResourceAmounts;
  /** The limits of a container that declares none. @default unlimited */
  readonly limits?: ResourceAmounts;
  /** The init containers of Nestbox, the one that has a job's artifacts, and its probe of policies. */
  readonly helper?: {
    /** An image of BusyBox with `sh`, `nc` and `tar`. @default `alpine:3.19` */
    readonly image?: string;
    /** @default 10m and 16Mi */
    readonly requests?: ResourceAmounts;
    /** @default 500m and 64Mi */
    readonly limits?: ResourceAmounts;
  };
}
