import { ChildFailed, type ChildRequest, runChild } from "../machine/child-process.ts";
import type { JobResult } from "./place.ts";

/**
 * Runs a program of which every exit code is a result.
 * @throws ChildFailed if it cannot be started or a signal ends it; the reason of its own signal
 */
export async function runToEnd(request: ChildRequest): Promise<JobResult> {
  try {
    const output = await runChild(request);
    return { exitCode: 0, lastLine: output.trimEnd().split("\n").at(-1) ?? "" };
  } catch (error) {
    if (!(error instanceof ChildFailed) || error.exitCode === undefined) throw error;
    return { exitCode: error.exitCode, lastLine: error.lastLines.at(-1) ?? "" };
  }
}
