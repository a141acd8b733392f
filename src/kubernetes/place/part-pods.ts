import type { Pod } from "kubernetes-types/core/v1.js";
import { LABEL } from "../../model/labels.ts";
import type { PartTimes } from "../../sandbox/running-sandbox.ts";
import type { Cluster } from "../api/cluster.ts";
import { listObjects } from "../api/objects.ts";
import { JOB_CONTAINER } from "../lowering/job-run.ts";
import { type SandboxScope, scopeLabels } from "../lowering/sandbox-scope.ts";
import { SERVICE_CONTAINER } from "../lowering/workload.ts";
import { containerState, metCondition } from "../readiness/object-status.ts";

/** The pod of a service or of a running job, and its own container. */
export interface PartPod {
  readonly pod: Pod;
  readonly container: string;
}

/** The newest pod of each service and of each job that runs, by key. One that is being removed is none. */
export async function partPods(cluster: Cluster, scope: SandboxScope): Promise<ReadonlyMap<string, PartPod>> {
  const { namespace } = scope;
  const labels = { ...scopeLabels(scope), [LABEL.part]: "", [LABEL.kind]: "" };
  const pods = await listObjects<Pod>(cluster, { apiVersion: "v1", kind: "Pod", namespace, labels });
  const parts = new Map<string, PartPod>();
  const there = pods.filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
  for (const pod of there.sort(byAge)) {
    const { [LABEL.part]: part = "", [LABEL.kind]: kind } = pod.metadata?.labels ?? {};
    if (kind === "service") parts.set(part, { pod, container: SERVICE_CONTAINER });
    else if (isRunning(pod)) parts.set(part, { pod, container: JOB_CONTAINER });
  }
  return parts;
}

export function isRunning(pod: Pod): boolean {
  return containerState(pod)?.running !== undefined;
}

function byAge(one: Pod, other: Pod): number {
  const created = ({ metadata }: Pod) => Date.parse(metadata?.creationTimestamp ?? "");
  return created(one) - created(other);
}

/** Kubernetes reports whole seconds. Undefined for a container that has not started. */
export function timesOf({ pod }: PartPod): PartTimes | undefined {
  const { running, terminated } = containerState(pod) ?? {};
  const { startedAt } = running ?? terminated ?? {};
  if (startedAt === undefined) return undefined;
  const ready = metCondition(pod, "Ready");
  return {
    started: Date.parse(startedAt),
    ...(ready && { ready: Date.parse(ready.lastTransitionTime ?? "") }),
    ...(terminated && { ended: Date.parse(terminated.finishedAt ?? "") }),
  };
}
