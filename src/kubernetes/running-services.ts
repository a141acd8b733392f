import type { Deployment } from "kubernetes-types/apps/v1.js";
import type { Job } from "kubernetes-types/batch/v1.js";
import type { Pod } from "kubernetes-types/core/v1.js";
import { LABEL } from "../model/labels.ts";
import type { Cluster } from "./api/cluster.ts";
import { listObjects } from "./api/objects.ts";
import { ownerSelector } from "./lowering/object-labels.ts";
import { containerState, metCondition } from "./readiness/object-status.ts";
import { podProblem } from "./readiness/pod-problem.ts";

export interface ServiceInCluster {
  readonly namespace: string;
  /** The key of the service. */
  readonly service: string;
  /** Its newest pod. Absent before it has one. */
  readonly pod?: string;
  readonly state: "ready" | "starting" | "unhealthy" | "stopped" | "running" | "completed" | "failed";
}

/**
 * The services of sandboxes, by their workloads and pods.
 * @param owner default: all owners
 */
export async function readServices(cluster: Cluster, owner?: string): Promise<readonly ServiceInCluster[]> {
  const labels = { ...ownerSelector(owner), [LABEL.kind]: "service" };
  const [deployments, jobs, pods] = await Promise.all([
    listObjects<Deployment>(cluster, { apiVersion: "apps/v1", kind: "Deployment", labels }),
    listObjects<Job>(cluster, { apiVersion: "batch/v1", kind: "Job", labels }),
    listObjects<Pod>(cluster, { apiVersion: "v1", kind: "Pod", labels }),
  ]);
  const podsOf = Map.groupBy(pods, keyOf);
  return [...deployments, ...jobs].map((workload) => {
    const byAge = podsOf.get(keyOf(workload))?.sort((one, other) => createdAt(one) - createdAt(other));
    const pod = byAge?.at(-1);
    const { namespace = "", labels: own = {} } = workload.metadata ?? {};
    return {
      namespace,
      service: own[LABEL.part] ?? "",
      ...(pod?.metadata?.name !== undefined && { pod: pod.metadata.name }),
      state: workload.kind === "Job" ? jobState(workload as Job, pod) : podState(pod),
    };
  });
}

function keyOf({ metadata }: Pod | Deployment | Job): string {
  return `${metadata?.namespace}/${metadata?.labels?.[LABEL.part]}`;
}

function createdAt({ metadata }: Pod): number {
  return Date.parse(metadata?.creationTimestamp ?? "");
}

function jobState(job: Job, pod: Pod | undefined): ServiceInCluster["state"] {
  if (metCondition(job, "Complete")) return "completed";
  if (metCondition(job, "Failed")) return "failed";
  return containerState(pod)?.running ? "running" : podState(pod);
}

function podState(pod: Pod | undefined): ServiceInCluster["state"] {
  if (pod === undefined) return "starting";
  if (metCondition(pod, "Ready")) return "ready";
  if (pod.status?.phase === "Succeeded") return "stopped";
  return podProblem(pod, []) === undefined ? "starting" : "unhealthy";
}
