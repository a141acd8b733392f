import type { Progress } from "../src/terminal/progress.ts";

/** A progress display that shows nothing. */
export const SILENT: Progress = {
  step: (_, work) => work({ detail() {}, waiting() {}, result() {} }),
  ...{ print() {}, done() {}, warn() {}, fail() {}, close() {} },
};
