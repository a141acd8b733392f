import type { PlacedPlan } from "./kubernetes-placement.ts";
import type { AnyManifest, NamespaceManifest } from "./manifest.ts";
import { objectHead, ownerAnnotations, sandboxLabels } from "./object-labels.ts";
import { SMALL_REQUESTS } from "./resources.ts";

/**
 * The namespace of a sandbox. Its level of Pod Security is `baseline`, unless a service is privileged:
 * https://kubernetes.io/docs/concepts/security/pod-security-standards/
 */
export function namespaceManifest(placed: PlacedPlan): NamespaceManifest {
  const { namespace, ownership } = placed.placement;
  const level = placed.plan.services.some(({ privileged }) => privileged) ? "privileged" : "baseline";
  return {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: {
      name: namespace,
      labels: { ...sandboxLabels(placed), "pod-security.kubernetes.io/enforce": level },
      ...(ownership && { annotations: ownerAnnotations(ownership) }),
    },
  };
}

/** The bounds of a sandbox's pods: their number, and what a container requests that declares no limits. */
export function boundManifests(placed: PlacedPlan): readonly AnyManifest[] {
  const { services, jobs } = placed.plan;
  // The sandbox's own pods, their replacements, and ten runs of jobs at once.
  const pods = String(2 * (services.length + jobs.length) + 10);
  return [
    {
      ...objectHead(placed, "v1", "ResourceQuota", "sandbox"),
      spec: { hard: { pods, "services.nodeports": "0", "services.loadbalancers": "0" } },
    },
    {
      ...objectHead(placed, "v1", "LimitRange", "sandbox"),
      spec: { limits: [{ type: "Container", defaultRequest: SMALL_REQUESTS }] },
    },
  ];
}
