import { median } from "./rounds.ts";

/** The outcome of many concurrent sandboxes. */
export interface ScaleOutcome {
  /** The intended number of sandboxes. */
  readonly sandboxes: number;
  /** The number of sandboxes that answered their own job. */
  readonly own: number;
  /** The number of requests from one sandbox's network to another. */
  readonly foreignRequests: number;
  /** The number of answers to those requests. */
  readonly foreignAnswers: number;
  /** The ratio of the creation times of the last sandboxes to those around the tenth. */
  readonly growth: number;
}

/** The maximum ratio of the last creation times to those around the tenth. */
export const MAX_GROWTH = 1.5;

/** The expectations that the outcome does not meet. */
export function scaleProblems(outcome: ScaleOutcome): readonly string[] {
  const { sandboxes, own, foreignRequests, foreignAnswers, growth } = outcome;
  const problems: readonly (readonly [boolean, string])[] = [
    [own === sandboxes, `${own} of ${sandboxes} sandboxes answered their own job`],
    [foreignRequests > 0, "no sandbox got a request from another's network"],
    [
      foreignAnswers === 0,
      `${foreignAnswers} of ${foreignRequests} requests from another's network were answered`,
    ],
    [
      growth <= MAX_GROWTH,
      `the last creations took × ${growth.toFixed(2)} of those around the tenth, above × ` +
        `${MAX_GROWTH.toFixed(2)}`,
    ],
  ];
  return problems.flatMap(([isFine, problem]) => (isFine ? [] : [problem]));
}

/** The number of stacks with one sandbox at the start and at the end, which are compared. */
const EDGE = 15;
/** The first stacks at each edge do not count: they fill caches. */
const UNCOUNTED = 5;
/** The smallest number of stacks of which one at each edge counts. */
export const LEAST_SANDBOXES = 2 * (UNCOUNTED + 1);

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
