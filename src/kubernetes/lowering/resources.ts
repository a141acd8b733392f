import type { PlannedLimits } from "../../model/plan/plan.ts";
import type { PodResources } from "./manifest.ts";

const SMALL = { cpuMillis: 10, memoryBytes: 16 * 1024 ** 2 };

/** What the scheduler reserves for a container: little, since a declared limit is only an upper bound. */
export const SMALL_REQUESTS = { cpu: "10m", memory: "16Mi" } as const;

/**
 * The resources of a container, or undefined without limits. Without requests of their own, Kubernetes would
 * reserve the limits.
 */
export function podResources({ memoryBytes, cpus }: PlannedLimits): PodResources | undefined {
  if (memoryBytes === undefined && cpus === undefined) return undefined;
  const millis = cpus === undefined ? undefined : Math.max(1, Math.round(cpus * 1000));
  const requests = {
    ...(millis !== undefined && { cpu: cpuQuantity(Math.min(millis, SMALL.cpuMillis)) }),
    ...(memoryBytes !== undefined && { memory: byteQuantity(Math.min(memoryBytes, SMALL.memoryBytes)) }),
  };
  return {
    requests,
    limits: {
      ...(millis !== undefined && { cpu: cpuQuantity(millis) }),
      ...(memoryBytes !== undefined && { memory: byteQuantity(memoryBytes) }),
    },
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
