import { EventEmitter, once } from "node:events";
import type { Deployment, ReplicaSet } from "kubernetes-types/apps/v1.js";
import type { Job } from "kubernetes-types/batch/v1.js";
import type { Event, Pod } from "kubernetes-types/core/v1.js";
import type { Cluster } from "../api/cluster.ts";
import { watchObjects } from "../api/objects.ts";
import { type SandboxScope, scopeLabels } from "../lowering/sandbox-scope.ts";

/** The objects of a sandbox by which its workloads are judged. */
export interface NamespaceObjects {
  readonly deployments: readonly Deployment[];
  readonly replicaSets: readonly ReplicaSet[];
  readonly jobs: readonly Job[];
  readonly pods: readonly Pod[];
  readonly events: readonly Event[];
}

type FollowedObject = NamespaceObjects[keyof NamespaceObjects][number];

/** A sandbox whose objects are followed. */
export interface NamespaceWatch {
  readonly cluster: Cluster;
  readonly namespace: string;
  /**
   * Waits until the objects have a property.
   * @param check called now and after each change, until it returns a value
   * @throws the signal's reason; as callKubernetes does, once the cluster is gone
   */
  until<Value>(
    check: (objects: NamespaceObjects) => Value | undefined,
    signal: AbortSignal,
  ): Promise<NonNullable<Value>>;
}

const KINDS = {
  deployments: { apiVersion: "apps/v1", kind: "Deployment" },
  replicaSets: { apiVersion: "apps/v1", kind: "ReplicaSet" },
  jobs: { apiVersion: "batch/v1", kind: "Job" },
  pods: { apiVersion: "v1", kind: "Pod" },
  events: { apiVersion: "v1", kind: "Event" },
} as const satisfies { readonly [Key in keyof NamespaceObjects]: object };

/**
 * Follows the objects of a sandbox until the signal ends it. One watch serves all that wait for something
 * in it.
 */
export function watchNamespace(cluster: Cluster, scope: SandboxScope, signal: AbortSignal): NamespaceWatch {
  const { namespace } = scope;
  const changes = new EventEmitter().setMaxListeners(0);
  let objects: NamespaceObjects = { deployments: [], replicaSets: [], jobs: [], pods: [], events: [] };
  let failure: unknown;
  for (const key of Object.keys(KINDS) as (keyof typeof KINDS)[]) {
    follow(key).catch((error: unknown) => {
      failure ??= error;
      changes.emit("change");
    });
  }
  return {
    cluster,
    namespace,
    until: async (check, end) => {
      for (;;) {
        end.throwIfAborted();
        if (failure !== undefined) throw failure;
        const value = check(objects);
        if (value !== undefined && value !== null) return value;
        // An abort is thrown by the next round.
        await once(changes, "change", { signal: end }).catch(() => {});
      }
    },
  };

  async function follow(key: keyof typeof KINDS): Promise<void> {
    const known = new Map<string | undefined, FollowedObject>();
    // Events have no labels of what they are about.
    const labels = key === "events" ? {} : scopeLabels(scope);
    const query = { ...KINDS[key], namespace, labels, signal };
    for await (const { type, object } of watchObjects<FollowedObject>(cluster, query)) {
      const name = object.metadata?.name;
      if (type === "DELETED") known.delete(name);
      else known.set(name, object);
      objects = { ...objects, [key]: [...known.values()] };
      changes.emit("change");
    }
  }
}
