import { median } from "./pairs.ts";

/** The number of stacks with one sandbox at the start and at the end, which are compared. */
const EDGE = 15;
/** The first stacks at each edge do not count: they fill caches. */
const UNCOUNTED = 5;

/** The number of stacks at each edge, out of `count`. */
export function edgeOf(count: number): number {
  return Math.min(EDGE, Math.floor(count / 2));
}

/** The median time around the tenth stack. */
export function early(times: readonly number[]): number {
  return median(times.slice(0, edgeOf(times.length)).slice(UNCOUNTED));
}

/** The median time of as many last stacks. */
export function late(times: readonly number[]): number {
  return median(times.slice(times.length - edgeOf(times.length)).slice(UNCOUNTED));
}
