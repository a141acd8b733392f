import type { PlacedPlan } from "./kubernetes-placement.ts";
import type { AnyManifest, NamespaceManifest, NetworkPolicyManifest } from "./manifest.ts";
import { boundManifests, namespaceManifest } from "./namespace.ts";
import { networkPolicies } from "./network-policies.ts";
import { ownerAnnotations } from "./object-labels.ts";

/** What encloses the pods of a sandbox. */
export interface SandboxRoot {
  /**
   * The object that has the sandbox's exact ownership, is created first and removed last: its namespace, or
   * in a namespace that it shares the policy that denies its pods all traffic.
   */
  readonly root: NamespaceManifest | NetworkPolicyManifest;
  /** The bounds of its pods: a quota and a LimitRange. None in a namespace that others bound. */
  readonly bounds: readonly AnyManifest[];
  /** They exist before the first pod, so that no packet precedes them. */
  readonly policies: readonly NetworkPolicyManifest[];
}

export function sandboxRoot(placed: PlacedPlan): SandboxRoot {
  const { instance, ownership } = placed.placement;
  const { denial, others } = networkPolicies(placed);
  if (instance === undefined)
    return {
      root: namespaceManifest(placed),
      bounds: boundManifests(placed),
      policies: [denial, ...others],
    };
  const annotations = ownership && { annotations: ownerAnnotations(ownership) };
  return {
    root: { ...denial, metadata: { ...denial.metadata, ...annotations } },
    bounds: [],
    policies: others,
  };
}
