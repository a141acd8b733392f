import type { Progress, Step } from "./progress.ts";

/** A progress display within a step: its steps and lines are details of that step. Warnings stay lines. */
export function withinStep({ detail, waiting }: Step, { warn, fail }: Progress): Progress {
  const inner: Step = { detail, waiting, result: detail };
  return { step: (_, work) => work(inner), print: detail, done: detail, warn, fail, close() {} };
}
