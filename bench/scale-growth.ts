import { median } from "./pairs.ts";

/** So many stacks of one sandbox come up in the beginning and in the end: those are compared. */
const EDGE = 15;
/** The first of them are not counted: caches fill, and the question is about the tenth. */
const UNCOUNTED = 5;

/** How many of so many are at either edge. */
export function edgeOf(count: number): number {
  return Math.min(EDGE, Math.floor(count / 2));
}

/** The middle of those around the tenth. */
export function early(times: readonly number[]): number {
  return median(times.slice(0, edgeOf(times.length)).slice(UNCOUNTED));
}

/** The middle of the last ones, as many. */
export function late(times: readonly number[]): number {
  return median(times.slice(times.length - edgeOf(times.length)).slice(UNCOUNTED));
}
