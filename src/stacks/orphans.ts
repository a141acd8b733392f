import type { Possession } from "../docker/possessions.ts";
import { LABEL, type Labels } from "../model/labels.ts";
import { isTombstone, stands } from "./tombstone.ts";

/**
 * What commands have left that were killed: parts of a process that is known to be dead, of a job whose
 * deadline has passed, and tombstones that count for nothing.
 * @param mayStillRun whether the process of a mark may still run
 * @param now by the engine's clock, in milliseconds since 1970
 */
export function orphansIn(
  possessions: readonly Possession[],
  mayStillRun: (mark: string) => boolean,
  now: number,
): readonly Possession[] {
  return possessions.filter((part) => {
    if (isTombstone(part.labels)) return !stands(part.labels, now);
    const { [LABEL.process]: mark } = part.labels;
    return mark !== undefined && (!mayStillRun(mark) || isOverdue(part.labels, now));
  });
}

/** Whether the deadline of a job, or of what belongs to one, has passed. Without one it never has. */
export function isOverdue(labels: Labels, now: number): boolean {
  return Date.parse(labels[LABEL.deadline] ?? "") <= now;
}
