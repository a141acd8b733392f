import { ChildFailed, type ChildRequest, runChild } from "./child-process.ts";

/** How a program ended. */
interface ProgramResult {
  readonly exitCode: number;
  /** The last line of its output. */
  readonly lastLine: string;
}

/**
 * Runs a program of which every exit code is a result.
 * @throws ChildFailed if it cannot be started or a signal ends it; the reason of its own signal
 */
export async function runToEnd(request: ChildRequest): Promise<ProgramResult> {
  try {
    const output = await runChild(request);
    return { exitCode: 0, lastLine: output.trimEnd().split("\n").at(-1) ?? "" };
  } catch (error) {
    if (!(error instanceof ChildFailed) || error.exitCode === undefined) throw error;
    return { exitCode: error.exitCode, lastLine: error.lastLines.at(-1) ?? "" };
  }
}
