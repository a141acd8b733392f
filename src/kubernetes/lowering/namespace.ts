import type { Plan } from "../../model/plan/plan.ts";
import type { KubernetesPlacement } from "./kubernetes-placement.ts";
import type { LimitRangeManifest, NamespaceManifest, ResourceQuotaManifest } from "./manifest.ts";
import { objectMetadata, ownerAnnotations, sandboxLabels } from "./object-labels.ts";
import { SMALL_REQUESTS } from "./resources.ts";

/**
 * The namespace of a sandbox. Its level of Pod Security is `baseline`, unless a service is privileged:
 * https://kubernetes.io/docs/concepts/security/pod-security-standards/
 */
export function namespaceManifest(plan: Plan, placement: KubernetesPlacement): NamespaceManifest {
  const { namespace, ownership } = placement;
  const level = plan.services.some(({ privileged }) => privileged) ? "privileged" : "baseline";
  return {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: {
      name: namespace,
      labels: { ...sandboxLabels(plan, placement), "pod-security.kubernetes.io/enforce": level },
      ...(ownership && { annotations: ownerAnnotations(ownership) }),
    },
  };
}

/** An upper bound for pods: the sandbox's own, their replacements, and ten runs of jobs at once. */
export function quotaManifest(plan: Plan, placement: KubernetesPlacement): ResourceQuotaManifest {
  const pods = 2 * (plan.services.length + plan.jobs.length) + 10;
  return {
    apiVersion: "v1",
    kind: "ResourceQuota",
    metadata: objectMetadata(placement, "sandbox", sandboxLabels(plan, placement)),
    spec: {
      hard: { pods: String(pods), "services.nodeports": "0", "services.loadbalancers": "0" },
    },
  };
}

/** What a container requests that declares no limits. */
export function limitRangeManifest(plan: Plan, placement: KubernetesPlacement): LimitRangeManifest {
  return {
    apiVersion: "v1",
    kind: "LimitRange",
    metadata: objectMetadata(placement, "sandbox", sandboxLabels(plan, placement)),
    spec: { limits: [{ type: "Container", defaultRequest: SMALL_REQUESTS }] },
  };
}
