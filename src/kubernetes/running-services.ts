import type { Deployment } from "kubernetes-types/apps/v1.js";
import type { Job } from "kubernetes-types/batch/v1.js";
import type { Pod } from "kubernetes-types/core/v1.js";
import { LABEL } from "../model/labels.ts";
import type { Cluster } from "./api/cluster.ts";
import { listObjects } from "./api/objects.ts";
import { labelValue } from "./lowering/object-labels.ts";
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
  const ofOwner = { [LABEL.owner]: owner === undefined ? "" : labelValue(owner) };
  const labels = { ...ofOwner, [LABEL.kind]: "service" };
  const [deployments, jobs, pods] = await Promise.all([
    listObjects<Deployment>(cluster, { apiVersion: "apps/v1", kind: "Deployment", labels }),
    listObjects<Job>(cluster, { apiVersion: "batch/v1", kind: "Job", labels }),
    listObjects<Pod>(cluster, { apiVersion: "v1", kind: "Pod", labels }),
  ]);
  const podsOf = Map.groupBy(pods, keyOf);
  return [...deployments, ...jobs].map((workload) => {
    const pod = podsOf.get(keyOf(workload))?.sort(byAge).at(-1);
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

function byAge(one: Pod, other: Pod): number {
  return (
    Date.parse(one.metadata?.creationTimestamp ?? "") - Date.parse(other.metadata?.creationTimestamp ?? "")
  );
}

function jobState({ status }: Job, pod: Pod | undefined): ServiceInCluster["state"] {
  const isMet = (wanted: string) =>
    status?.conditions?.some(({ type, status: value }) => type === wanted && value === "True");
  if (isMet("Complete")) return "completed";
  if (isMet("Failed")) return "failed";
  return isRunning(pod) ? "running" : podState(pod);
}

function podState(pod: Pod | undefined): ServiceInCluster["state"] {
  if (pod === undefined) return "starting";
  const isReady = pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True");
  if (isReady) return "ready";
  if (pod.status?.phase === "Succeeded") return "stopped";
  return podProblem(pod, []) === undefined ? "starting" : "unhealthy";
}

function isRunning(pod: Pod | undefined): boolean {
  return pod?.status?.containerStatuses?.[0]?.state?.running !== undefined;
}
