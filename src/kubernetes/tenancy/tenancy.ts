import type { ObjectMeta } from "kubernetes-types/meta/v1.js";
import type { Cluster } from "../api/cluster.ts";
import type { SandboxScope } from "../lowering/sandbox-scope.ts";

/**
 * How sandboxes share a cluster: each has a namespace of its own, or all are inside one that exists. Direct
 * commands and Pulumi programs find, lease and remove sandboxes by it.
 */
export interface Tenancy {
  /** The kind of a sandbox's root as an owned resource. */
  readonly noun: "namespace" | "sandbox";
  /** The namespace of the leases. */
  readonly leases: { readonly namespace: string; readonly createsNamespace: boolean };
  /**
   * Checks that a sandbox can be created, and removed again.
   * @throws KubernetesForbidden for a missing permission; ConfigurationError for a namespace that does not
   * exist
   */
  requireUsable(cluster: Cluster): Promise<void>;
  /** The root of a sandbox; undefined if it does not exist. */
  readRoot(cluster: Cluster, scope: SandboxScope): Promise<FoundRoot | undefined>;
  /**
   * The roots of an owner's sandboxes.
   * @param owner default: all owners
   */
  readRoots(cluster: Cluster, owner?: string): Promise<readonly FoundRoot[]>;
  /**
   * Removes a sandbox. Returns once the cluster removes the rest by itself.
   * @param uid that of its root: another one of its name stays. @default any
   */
  remove(cluster: Cluster, scope: SandboxScope, uid?: string): Promise<void>;
}

/** The object that has a sandbox's exact ownership, as its cluster has it. */
export interface FoundRoot {
  readonly scope: SandboxScope;
  readonly metadata: ObjectMeta;
  /** Absent unless the sandbox is being removed. */
  readonly removal?: RootRemoval;
}

interface RootRemoval {
  /** In milliseconds since 1970 by the cluster's clock. */
  readonly since: number;
  /** What keeps the sandbox there. Empty if the cluster names nothing. */
  readonly reason: string;
  /** Whether a command must go on with it. */
  readonly isInterrupted: boolean;
}

/** Whether somebody removes a sandbox, and needs no help. */
export function isGoing({ removal }: FoundRoot): boolean {
  return removal !== undefined && !removal.isInterrupted;
}
