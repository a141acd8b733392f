import { linesOf } from "../../machine/lines.ts";
import { timerMilliseconds } from "../../model/duration.ts";
import type { Readiness } from "../../model/plan/ready-when.ts";
import {
  expressionOf,
  LAST_OUTPUT,
  NotReady,
  notReadyError,
  overdueReason,
} from "../../sandbox/not-ready.ts";
import { serviceSpan } from "../../sandbox/part-span.ts";
import { type SpanLabel, type Timed, timed } from "../../timings/timings.ts";
import { followLog } from "../api/container-log.ts";
import { type KubernetesService, SERVICE_CONTAINER } from "../lowering/workload.ts";
import { lastLines } from "./last-lines.ts";
import type { NamespaceWatch } from "./namespace-watch.ts";
import { nextProgress, untilPassed } from "./next-progress.ts";
import type { PodProblem } from "./pod-problem.ts";

/** A service in a namespace that is watched. */
export interface WatchedService extends Timed {
  readonly watch: NamespaceWatch;
  readonly service: Pick<KubernetesService, "key" | "workload" | "readiness" | "after">;
  /** Ends the wait. */
  readonly signal: AbortSignal;
}

/** Milliseconds for what may pass by itself, such as a pod that gets no node. */
const PASSES_WITHIN = 30_000;

/**
 * Waits until a service that has been created is ready: its pod is ready, a line of its output matches, or it
 * has completed. Its time begins when its container does. A crash, an eviction, or a pod that the
 * cluster refuses fails at once; an image that cannot be pulled, after 30 s.
 *
 * @returns the name of its pod
 * @throws NotReady with the reason; the signal's reason; as callKubernetes does
 */
export async function waitUntilPodReady(watched: WatchedService): Promise<string> {
  const { service, timings } = watched;
  const pod = await timed(timings, spanOfPod(service, "start"), () => untilStarted(watched));
  return timed(timings, spanOfPod(service, "probe"), () => untilReady(watched, pod));
}

/** A step of a service: its pod waits for those in its `after`. */
export function spanOfPod(service: WatchedService["service"], step: string): SpanLabel {
  return serviceSpan(service, ["objects"], step);
}

async function untilReady(watched: WatchedService, pod: string): Promise<string> {
  const { watch, service, signal } = watched;
  const { readiness } = service;
  const end =
    readiness.kind === "started"
      ? signal
      : AbortSignal.any([signal, AbortSignal.timeout(timerMilliseconds(readiness.within))]);
  try {
    const isLogged = readiness.kind !== "log" || (await hasLine(watch, pod, readiness, end));
    const wanted = readiness.kind === "completed" ? "completed" : "ready";
    const last = await nextProgress(watch, service.workload, isLogged ? [wanted, "failed"] : ["failed"], end);
    if (last.kind === "failed") throw await notReady(watched, last);
    return pod;
  } catch (error) {
    signal.throwIfAborted();
    if (!end.aborted || error instanceof NotReady) throw error;
    throw await notReady(watched, { pod, container: SERVICE_CONTAINER });
  }
}

/** Waits until the container of a service has started, and returns its pod. @throws NotReady */
async function untilStarted(watched: WatchedService): Promise<string> {
  const { watch, service, signal } = watched;
  const { workload } = service;
  for (;;) {
    const progress = await nextProgress(watch, workload, [...STARTED, "held", "failed"], signal);
    if (progress.kind === "failed") throw await notReady(watched, progress);
    if (progress.kind !== "held") return progress.pod;
    await untilPassed(watch, workload, progress, signal, PASSES_WITHIN);
  }
}

const STARTED = ["running", "ready", "completed"] as const;

/** Whether a line of a service's output matches. False once its container ends. */
async function hasLine(
  { cluster, namespace }: NamespaceWatch,
  pod: string,
  readiness: Extract<Readiness, { readonly kind: "log" }>,
  signal: AbortSignal,
): Promise<boolean> {
  const expression = expressionOf(readiness);
  const container = { namespace, pod, container: SERVICE_CONTAINER };
  for await (const line of linesOf(followLog(cluster, container, signal)))
    if (expression.test(line)) return true;
  return false;
}

/** The error with the pod's last warning and the container's last output. */
async function notReady(
  { watch, service: { readiness }, signal }: WatchedService,
  { reason, pod, container }: Partial<PodProblem>,
): Promise<NotReady> {
  const why = reason ?? (readiness.kind === "started" ? "not ready" : overdueReason(readiness));
  if (pod === undefined || container === undefined) return notReadyError(why, []);
  const { cluster, namespace } = watch;
  const reading = new AbortController();
  const found = Promise.all([
    watch.until(({ events }) => {
      const last = events.findLast(
        ({ type, involvedObject, reason: kind }) =>
          type === "Warning" && involvedObject.name === pod && kind !== "BackOff",
      );
      return last?.message ?? "";
    }, signal),
    lastLines(cluster, { namespace, pod, container }, reading.signal),
  ]);
  // Throws once the cluster is gone, instead of waiting for its lines.
  const whileThere = watch.until<never>(() => undefined, reading.signal);
  const [warning, lines] = await Promise.race([found, whileThere]).finally(() => reading.abort());
  const event = { title: "its last event", lines: warning.split("\n") };
  // An empty warning is part of each reason.
  return notReadyError(why, [...(why.includes(warning) ? [] : [event]), { title: LAST_OUTPUT, lines }]);
}
