import { LABEL, type Labels } from "../../model/labels.ts";
import type { PlannedService } from "../../model/plan/plan.ts";
import type { PlacedPlan } from "./kubernetes-placement.ts";
import type { ServiceManifest } from "./manifest.ts";
import { objectHead, objectLabels, partSelector } from "./object-labels.ts";
import { scopeLabels } from "./sandbox-scope.ts";
import { serviceNames } from "./service-names.ts";

/** A Service for each alias. It has endpoints only while its pod is ready. */
export function aliasServices(placed: PlacedPlan, service: PlannedService): readonly ServiceManifest[] {
  const { key, udpPorts = [] } = service;
  const ports = [
    ...service.ports.map((port) => ({ name: `tcp-${port}`, port })),
    ...udpPorts.map((port) => ({ name: `udp-${port}`, port, protocol: "UDP" })),
  ];
  return serviceNames(placed.plan, service).map((name) => ({
    ...serviceHead(placed, name, objectLabels(placed, key, "service")),
    spec: {
      // Only a headless Service may have no ports.
      ...(ports.length === 0 && { clusterIP: "None" }),
      selector: partSelector(placed.placement, key, "service"),
      ...(ports.length > 0 && {
        ports: ports.map(({ name, ...port }) => ({ ...(ports.length > 1 && { name }), ...port })),
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
  const selector = { ...scopeLabels(placed.placement), [LABEL.kind]: "job" };
  const spec = { clusterIP: "None", publishNotReadyAddresses: true, selector };
  return [{ ...objectHead(placed, "v1", "Service", alias), spec }];
}

function serviceHead(placed: PlacedPlan, alias: string, labels: Labels) {
  const head = objectHead(placed, "v1", "Service", alias, labels);
  return placed.placement.namesByAlias ? { ...head, metadata: { ...head.metadata, name: alias } } : head;
}
