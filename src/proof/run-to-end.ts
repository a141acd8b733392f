import { ChildFailed, type ChildRequest, runChild } from "../machine/child-process.ts";
import type { JobResult } from "./place.ts";

/**
 * Runs a program of which every exit code is a result.
 * @throws ChildFailed if it cannot be started or a signal ends it; the reason of its own signal
 */
export async function runToEnd(request: ChildRequest): Promise<JobResult & { readonly output: string }> {
  try {
    const output = await runChild(request);
    return { exitCode: 0, output, lastLines: output.trimEnd().split("\n").slice(-1) };
  } catch (error) {
    if (!(error instanceof ChildFailed) || error.exitCode === undefined) throw error;
    return { exitCode: error.exitCode, output: "", lastLines: error.lastLines };
  }
}
