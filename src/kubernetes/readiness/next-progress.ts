import { NotReady } from "../../sandbox/not-ready.ts";
import type { NamespaceWatch } from "./namespace-watch.ts";
import { type HeldPod, type Progress, progressOf, type Workload } from "./service-progress.ts";

/** Waits until a workload has come to one of these kinds of progress. @throws as the watch does */
export function nextProgress<Kind extends Progress["kind"]>(
  watch: NamespaceWatch,
  workload: Workload,
  kinds: readonly Kind[],
  signal: AbortSignal,
): Promise<Extract<Progress, { readonly kind: Kind }>> {
  const isWanted = (progress: Progress): progress is Extract<Progress, { readonly kind: Kind }> =>
    kinds.some((kind) => kind === progress.kind);
  return watch.until((objects) => {
    const progress = progressOf(objects, workload);
    return isWanted(progress) ? progress : undefined;
  }, signal);
}

/**
 * Waits until what holds a workload's pod has passed. Something else may hold it then.
 * @param byDefault milliseconds for what may pass at any time. Default: unlimited
 * @throws NotReady at the end of its limit, with what holds the pod then; as the watch does
 */
export async function untilPassed(
  watch: NamespaceWatch,
  workload: Workload,
  { reason, passesWithin }: HeldPod,
  signal: AbortSignal,
  byDefault?: number,
): Promise<void> {
  const within = passesWithin ?? byDefault;
  const limit = within === undefined ? signal : AbortSignal.timeout(within);
  const end = AbortSignal.any([signal, limit]);
  let last = reason;
  try {
    await watch.until((objects) => {
      const progress = progressOf(objects, workload);
      if (progress.kind !== "held" || progress.passesWithin !== passesWithin) return progress;
      last = progress.reason;
      return undefined;
    }, end);
  } catch (error) {
    signal.throwIfAborted();
    throw limit.aborted ? new NotReady(last) : error;
  }
}
