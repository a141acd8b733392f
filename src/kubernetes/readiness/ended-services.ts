import type { Pod } from "kubernetes-types/core/v1.js";
import { LABEL } from "../../model/labels.ts";
import { LAST_OUTPUT, notReadyError } from "../../sandbox/not-ready.ts";
import { SERVICE_CONTAINER } from "../lowering/workload.ts";
import { lastLines } from "./last-lines.ts";
import type { NamespaceWatch } from "./namespace-watch.ts";
import { lastEnd, ownContainer } from "./object-status.ts";
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
    return [service, notReadyError(reason, [{ title: LAST_OUTPUT, lines }]).message] as const;
  });
  return Object.fromEntries(await Promise.all(reasons));
}

/** The ends of services that pods report. */
export function endsOf(pods: readonly Pod[]): readonly EndedService[] {
  return pods.flatMap((pod) => {
    const { labels = {}, ownerReferences = [], name = "", uid = "" } = pod.metadata ?? {};
    const completes = ownerReferences.some(({ kind }) => kind === "Job");
    const { reason } = podProblem(pod, []) ?? {};
    if (labels[LABEL.kind] !== "service" || completes || reason === undefined) return [];
    const container = ownContainer(pod);
    const id = (container && lastEnd(container)?.containerID) ?? uid;
    return [{ service: labels[LABEL.part] ?? "", pod: name, id, reason }];
  });
}
