import { LABEL } from "../../model/labels.ts";
import type { PlannedService } from "../../model/plan/plan.ts";
import type { PlacedPlan } from "./kubernetes-placement.ts";
import type { ServiceManifest } from "./manifest.ts";
import { objectHead, objectLabels, partSelector } from "./object-labels.ts";
import { serviceNames } from "./service-names.ts";

/** A Service for each alias. It has endpoints only while its pod is ready. */
export function aliasServices(placed: PlacedPlan, service: PlannedService): readonly ServiceManifest[] {
  const { key, ports } = service;
  return serviceNames(placed.plan, service).map((name) => ({
    ...objectHead(placed, "v1", "Service", name, objectLabels(placed, key, "service")),
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
 * The Service by which services reach a running job, whose container GitLab calls `build`. None without jobs.
 */
export function jobServices(placed: PlacedPlan): readonly ServiceManifest[] {
  const [alias] = placed.plan.jobs.flatMap(({ aliases }) => aliases);
  if (alias === undefined) return [];
  const spec = { clusterIP: "None", publishNotReadyAddresses: true, selector: { [LABEL.kind]: "job" } };
  return [{ ...objectHead(placed, "v1", "Service", alias), spec }];
}
