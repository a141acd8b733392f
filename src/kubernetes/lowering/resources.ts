import type { PlannedLimits } from "../../model/plan/plan.ts";
import type { PodSettings, ResourceAmounts } from "../pod-settings.ts";
import type { PodContainer } from "./manifest.ts";

/** What the scheduler reserves for a container: little, since a declared limit is only an upper bound. */
const SMALL = { cpus: 0.01, memoryBytes: 16 * 1024 ** 2 };

export const SMALL_REQUESTS = quantities(SMALL);

/**
 * The resources of a container. Without requests of their own, Kubernetes would reserve the limits.
 * @param settings written into each container: of two LimitRanges of a namespace, either may fill them in
 */
export function podResources(
  declared: PlannedLimits,
  settings: Pick<PodSettings, "requests" | "limits"> = {},
): Pick<PodContainer, "resources"> {
  const { memoryBytes, cpus } = declared;
  const limits: ResourceAmounts = { ...settings.limits, ...quantities(declared) };
  const small = quantities({
    ...(limits.cpu !== undefined && { cpus: Math.min(cpus ?? SMALL.cpus, SMALL.cpus) }),
    ...(limits.memory !== undefined && {
      memoryBytes: Math.min(memoryBytes ?? SMALL.memoryBytes, SMALL.memoryBytes),
    }),
  });
  const requests: ResourceAmounts = { ...small, ...settings.requests };
  const resources = {
    ...(Object.keys(requests).length > 0 && { requests: { ...requests } }),
    ...(Object.keys(limits).length > 0 && { limits: { ...limits } }),
  };
  return Object.keys(resources).length > 0 ? { resources } : {};
}

function quantities({ cpus, memoryBytes }: PlannedLimits): Readonly<Record<string, string>> {
  return {
    ...(cpus !== undefined && { cpu: cpuQuantity(Math.max(1, Math.round(cpus * 1000))) }),
    ...(memoryBytes !== undefined && { memory: byteQuantity(memoryBytes) }),
  };
}

function cpuQuantity(millis: number): string {
  return millis % 1000 === 0 ? String(millis / 1000) : `${millis}m`;
}

/**
 * A number of bytes as a quantity:
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export function byteQuantity(bytes: number): string {
  const units = ["", "Ki", "Mi", "Gi"];
  let power = 0;
  while (power < units.length - 1 && bytes % 1024 ** (power + 1) === 0) power++;
  return `${bytes / 1024 ** power}${units[power]}`;
}
