import type { Namespace } from "kubernetes-types/core/v1.js";
import type { ObjectMeta } from "kubernetes-types/meta/v1.js";
import { LABEL, type Labels } from "../../model/labels.ts";
import { ConfigurationError } from "../../model/problem.ts";
import type { Cluster } from "../api/cluster.ts";
import { KubernetesForbidden } from "../api/cluster-error.ts";
import { listObjects, readObject } from "../api/objects.ts";
import type { NetworkPolicyManifest } from "../lowering/manifest.ts";
import { DENIAL } from "../lowering/network-policies.ts";
import { ownerSelector } from "../lowering/object-labels.ts";
import { nameIn, type SandboxScope, scopeLabels } from "../lowering/sandbox-scope.ts";
import { POLICIES, removeInside, WORKLOADS } from "./remove-inside.ts";
import type { FoundRoot, Tenancy } from "./tenancy.ts";

/** What a list says of a workload or a policy. */
interface Listed {
  readonly metadata: ObjectMeta;
}

/**
 * All sandboxes are inside one namespace that exists, beside whatever else is there. The policy that denies
 * a sandbox's pods all traffic is its root.
 */
export function insideNamespace(namespace: string): Tenancy {
  return {
    noun: "sandbox",
    leases: { namespace, createsNamespace: false },
    requireUsable: (cluster) => requireNamespace(cluster, namespace),
    readRoot: async (cluster, scope) => {
      const metadata = { namespace, name: nameIn(scope, DENIAL) };
      const found = await readObject<Listed>(cluster, { ...POLICIES, metadata });
      return found && foundRoot(cluster, found, scope);
    },
    readRoots: async (cluster, owner) => {
      const labels = { ...ownerSelector(owner), [LABEL.instance]: "" };
      const policies = await listObjects<NetworkPolicyManifest & Listed>(cluster, {
        ...{ ...POLICIES, namespace, labels },
      });
      const roots = policies.filter(({ metadata }) => metadata.annotations?.[LABEL.owner] !== undefined);
      return Promise.all(roots.map((root) => foundRoot(cluster, root, scopeOf(root.metadata, namespace))));
    },
    remove: async (cluster, scope, uid) => {
      await removeInside(cluster, scope, uid);
    },
  };
}

/** @throws ConfigurationError for a namespace that does not exist, or is being removed */
async function requireNamespace(cluster: Cluster, name: string): Promise<void> {
  const place = `Kubernetes context "${cluster.context.name}": namespace ${name}`;
  const remedy = "correct kubernetes.namespace, or --namespace";
  let found: Namespace | undefined;
  try {
    found = await readObject<Namespace>(cluster, { apiVersion: "v1", kind: "Namespace", metadata: { name } });
  } catch (error) {
    // Whoever may not read it may still work in it.
    if (error instanceof KubernetesForbidden) return;
    throw error;
  }
  if (found === undefined)
    throw new ConfigurationError(`${place}: does not exist; ${remedy}, or create it with kubectl`);
  if (found.metadata?.deletionTimestamp !== undefined)
    throw new ConfigurationError(`${place}: is being removed; ${remedy}, or wait and create it again`);
}

function scopeOf({ labels = {} }: ObjectMeta, namespace: string): SandboxScope {
  return { namespace, instance: (labels as Labels)[LABEL.instance] ?? "" };
}

/** A removal makes the workloads the owners of the policies, which follow them. */
async function foundRoot(cluster: Cluster, { metadata }: Listed, scope: SandboxScope): Promise<FoundRoot> {
  const root = { scope, metadata };
  const { ownerReferences = [], deletionTimestamp } = metadata;
  if (ownerReferences.length === 0 && deletionTimestamp === undefined) return root;
  const query = { namespace: scope.namespace, labels: scopeLabels(scope) };
  const lists = WORKLOADS.map((kind) =>
    listObjects<Listed & { kind: string }>(cluster, { ...kind, ...query }),
  );
  const left = (await Promise.all(lists)).flat();
  const since = left.map((one) => Date.parse(one.metadata.deletionTimestamp ?? "")).filter(Boolean);
  return {
    ...root,
    removal: {
      since: Math.min(Date.now(), ...since),
      reason: left
        .map(({ kind, metadata: { name } }) => `${kind} ${name} has pods that have not ended`)
        .join("; "),
      isInterrupted: left.some((one) => one.metadata.deletionTimestamp === undefined),
    },
  };
}
