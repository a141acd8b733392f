import type { JobEnd } from "../running/job-end.ts";
import { lineStream } from "./line-stream.ts";
import type { JobResult } from "./place.ts";

/** Where a job of Nestbox's own runner writes. */
export interface DirectOutput {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  readonly warn: (message: string) => void;
}

/** The number of last lines that are kept. */
const LINES = 12;

/**
 * Runs a job with Nestbox's own runner of a target.
 * @param onLine receives each line of its output
 */
export async function runDirectly(
  onLine: (line: string) => void,
  run: (output: DirectOutput) => Promise<JobEnd>,
): Promise<JobResult> {
  const lastLines: string[] = [];
  const take = (line: string) => {
    if (line.trim() !== "") lastLines.push(line.trimEnd());
    if (lastLines.length > LINES) lastLines.shift();
    onLine(line);
  };
  const end = await run({ stdout: lineStream(take), stderr: lineStream(take), warn: take });
  return end.kind === "exited"
    ? { exitCode: end.exitCode, lastLines }
    : { exitCode: -1, lastLines: [end.kind] };
}
