import type { Pod } from "kubernetes-types/core/v1.js";
import { LABEL } from "../../model/labels.ts";
import { notReadyError } from "../../running/not-ready.ts";
import type { Cluster } from "../api/cluster.ts";
import { listObjects } from "../api/objects.ts";
import { SERVICE_CONTAINER } from "../lowering/workload.ts";
import { lastLines } from "./last-lines.ts";
import type { NamespaceWatch } from "./namespace-watch.ts";
import { lastEnd } from "./object-status.ts";
import { podProblem } from "./pod-problem.ts";

/** An end of a service that keeps running. The cluster may have started it again. */
export interface EndedService {
  readonly service: string;
  readonly pod: string;
  /** Tells the ends of a service apart. */
  readonly id: string;
  readonly reason: string;
}

/** Milliseconds until the cluster knows of an end that a client has already noticed. */
const NOTICE = 1_500;
/** Milliseconds for the last output. */
const OUTPUT_LIMIT = 10_000;

/** The ends of a namespace's services so far. */
export async function endedServices(cluster: Cluster, namespace: string): Promise<readonly EndedService[]> {
  return endsOf(await listObjects<Pod>(cluster, { apiVersion: "v1", kind: "Pod", namespace }));
}

/**
 * Why services have ended, with their last output.
 * @param earlier ends that do not count
 * @returns the reasons, by service
 */
export async function explainEnds(
  { cluster, namespace, until }: NamespaceWatch,
  earlier: readonly EndedService[],
): Promise<Readonly<Record<string, string>>> {
  const isNew = ({ id }: EndedService) => earlier.every((one) => one.id !== id);
  const limit = AbortSignal.timeout(NOTICE);
  const ends = await until(({ pods }) => {
    const found = endsOf(pods).filter(isNew);
    return found.length > 0 ? found : undefined;
  }, limit).catch(() => []);
  const reasons = ends.map(async ({ service, pod, reason }) => {
    const container = { namespace, pod, container: SERVICE_CONTAINER };
    const lines = await lastLines(cluster, container, AbortSignal.timeout(OUTPUT_LIMIT));
    return [service, notReadyError(reason, [{ title: "its last output", lines }]).message] as const;
  });
  return Object.fromEntries(await Promise.all(reasons));
}

function endsOf(pods: readonly Pod[]): readonly EndedService[] {
  return pods.flatMap((pod) => {
    const { labels = {}, ownerReferences = [], name = "", uid = "" } = pod.metadata ?? {};
    const completes = ownerReferences.some(({ kind }) => kind === "Job");
    const { reason } = podProblem(pod, []) ?? {};
    if (labels[LABEL.kind] !== "service" || completes || reason === undefined) return [];
    const [container] = pod.status?.containerStatuses ?? [];
    const id = (container && lastEnd(container)?.containerID) ?? uid;
    return [{ service: labels[LABEL.part] ?? "", pod: name, id, reason }];
  });
}
