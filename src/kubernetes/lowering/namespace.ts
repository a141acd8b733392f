import type { PlacedPlan } from "./kubernetes-placement.ts";
import type { AnyManifest, NamespaceManifest } from "./manifest.ts";
import { objectHead, ownerAnnotations, sandboxLabels } from "./object-labels.ts";
import { SMALL_REQUESTS } from "./resources.ts";

/**
 * The namespace of a sandbox. It has a level of Pod Security only if the settings name one: any other could
 * be less strict than the cluster's default, which the API does not report.
 */
export function namespaceManifest(placed: PlacedPlan): NamespaceManifest {
  const { namespace, ownership, pods = {} } = placed.placement;
  const { podSecurity } = pods;
  const annotations = { ...pods.annotations, ...(ownership && ownerAnnotations(ownership)) };
  return {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: {
      name: namespace,
      labels: {
        ...pods.labels,
        ...sandboxLabels(placed),
        ...(podSecurity !== undefined && { "pod-security.kubernetes.io/enforce": podSecurity }),
      },
      ...(Object.keys(annotations).length > 0 && { annotations }),
    },
  };
}

/** The bounds of a sandbox's pods: their number, and the resources of a container that declares no limits. */
export function boundManifests(placed: PlacedPlan): readonly AnyManifest[] {
  const { services, jobs } = placed.plan;
  const { requests, limits } = placed.placement.pods ?? {};
  const bounds = {
    defaultRequest: { ...SMALL_REQUESTS, ...requests },
    ...(limits !== undefined && { default: { ...limits } }),
  };
  // The sandbox's own pods, their replacements, and ten runs of jobs at once.
  const pods = String(2 * (services.length + jobs.length) + 10);
  return [
    {
      ...objectHead(placed, "v1", "ResourceQuota", "sandbox"),
      spec: { hard: { pods, "services.nodeports": "0", "services.loadbalancers": "0" } },
    },
    {
      ...objectHead(placed, "v1", "LimitRange", "sandbox"),
      spec: { limits: [{ type: "Container", ...bounds }] },
    },
  ];
}
