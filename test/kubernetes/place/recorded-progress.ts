import type { Progress } from "../../../src/terminal/progress.ts";

/** A progress that keeps its warnings. */
export function recordedProgress(): Progress & { readonly warnings: readonly string[] } {
  const warnings: string[] = [];
  const step = { detail: () => {}, waiting: () => {}, result: () => {} };
  return {
    warnings,
    step: (_, work) => work(step),
    print: () => {},
    done: () => {},
    warn: (text) => warnings.push(text),
    fail: (text) => warnings.push(text),
    close: () => {},
  };
}
