import { LABEL } from "../../model/labels.ts";
import type { Plan, PlannedService } from "../../model/plan/plan.ts";
import type { KubernetesPlacement } from "./kubernetes-placement.ts";
import type { ServiceManifest } from "./manifest.ts";
import { objectLabels, objectMetadata, partSelector, sandboxLabels } from "./object-labels.ts";
import { serviceNames } from "./service-names.ts";

/** A Service for each alias. It has endpoints only while its pod is ready. */
export function aliasServices(
  plan: Plan,
  service: PlannedService,
  placement: KubernetesPlacement,
): readonly ServiceManifest[] {
  const { key, ports } = service;
  return serviceNames(plan, service).map((name) => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: objectMetadata(placement, name, objectLabels(plan, key, "service", placement)),
    spec: {
      // Only a headless Service may have no ports.
      ...(ports.length === 0 && { clusterIP: "None" }),
      selector: partSelector(key, "service"),
      ...(ports.length > 0 && {
        ports: ports.map((port) => ({ ...(ports.length > 1 && { name: `tcp-${port}` }), port })),
      }),
    },
  }));
}

/**
 * The Service by which services reach a running job, whose container GitLab calls `build`. Undefined without
 * jobs.
 */
export function jobService(plan: Plan, placement: KubernetesPlacement): ServiceManifest | undefined {
  const [alias] = plan.jobs.flatMap(({ aliases }) => aliases);
  if (alias === undefined) return undefined;
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: objectMetadata(placement, alias, sandboxLabels(plan, placement)),
    spec: { clusterIP: "None", publishNotReadyAddresses: true, selector: { [LABEL.kind]: "job" } },
  };
}
