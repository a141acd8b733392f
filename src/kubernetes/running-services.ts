import type { Deployment } from "kubernetes-types/apps/v1.js";
import type { Job } from "kubernetes-types/batch/v1.js";
import type { Pod } from "kubernetes-types/core/v1.js";
import { LABEL } from "../model/labels.ts";
import type { Cluster } from "./api/cluster.ts";
import { listObjects } from "./api/objects.ts";
import { ownerSelector } from "./lowering/object-labels.ts";
import { sandboxOf } from "./owner-store.ts";
import { containerState, metCondition } from "./readiness/object-status.ts";
import { podProblem } from "./readiness/pod-problem.ts";
import type { Tenancy } from "./tenancy/tenancy.ts";

export interface ServiceInCluster {
  /** The name of its sandbox in the cluster. */
  readonly sandbox: string;
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
export async function readServices(
  cluster: Cluster,
  { leases: { namespace, createsNamespace } }: Tenancy,
  owner?: string,
): Promise<readonly ServiceInCluster[]> {
  const query = {
    ...(!createsNamespace && { namespace }),
    labels: { ...ownerSelector(owner), [LABEL.kind]: "service" },
  };
  const [deployments, jobs, pods] = await Promise.all([
    listObjects<Deployment>(cluster, { apiVersion: "apps/v1", kind: "Deployment", ...query }),
    listObjects<Job>(cluster, { apiVersion: "batch/v1", kind: "Job", ...query }),
    listObjects<Pod>(cluster, { apiVersion: "v1", kind: "Pod", ...query }),
  ]);
  const podsOf = Map.groupBy(pods, keyOf);
  return [...deployments, ...jobs].map((workload) => {
    const byAge = podsOf.get(keyOf(workload))?.sort((one, other) => createdAt(one) - createdAt(other));
    const pod = byAge?.at(-1);
    const { metadata = {} } = workload;
    return {
      sandbox: sandboxOf(metadata),
      service: metadata.labels?.[LABEL.part] ?? "",
      ...(pod?.metadata?.name !== undefined && { pod: pod.metadata.name }),
      state: workload.kind === "Job" ? jobState(workload as Job, pod) : podState(pod),
    };
  });
}

function keyOf({ metadata = {} }: Pod | Deployment | Job): string {
  return `${sandboxOf(metadata)} ${metadata.labels?.[LABEL.part]}`;
}

function createdAt({ metadata }: Pod): number {
  return Date.parse(metadata?.creationTimestamp ?? "");
}

function jobState(job: Job, pod: Pod | undefined): ServiceInCluster["state"] {
  if (metCondition(job, "Complete")) return "completed";
  if (metCondition(job, "Failed")) return "failed";
  const { running, terminated } = containerState(pod) ?? {};
  if (running) return "running";
  // The Job follows its pod by seconds.
  if (terminated) return terminated.exitCode === 0 ? "completed" : "failed";
  return podState(pod);
}

function podState(pod: Pod | undefined): ServiceInCluster["state"] {
  if (pod === undefined) return "starting";
  if (metCondition(pod, "Ready")) return "ready";
  if (pod.status?.phase === "Succeeded") return "stopped";
  return podProblem(pod, []) === undefined ? "starting" : "unhealthy";
}
