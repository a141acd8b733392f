import { Writable } from "node:stream";
import { lineCutter } from "../machine/lines.ts";
import type { JobEnd } from "../sandbox/job-end.ts";
import type { JobResult } from "../sandbox/proof-target.ts";

/** Where a job of Nestbox's own runner writes. */
interface DirectOutput {
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly warn: (message: string) => void;
}

/**
 * Runs a job with Nestbox's own runner of a target.
 * @param onLine receives each line of its output
 */
export async function runDirectly(
  onLine: (line: string) => void,
  run: (output: DirectOutput) => Promise<JobEnd>,
): Promise<JobResult> {
  let lastLine = "";
  const take = (line: string) => {
    if (line.trim() !== "") lastLine = line.trimEnd();
    onLine(line);
  };
  const end = await run({ stdout: lineStream(take), stderr: lineStream(take), warn: take });
  return end.kind === "exited" ? { exitCode: end.exitCode, lastLine } : { exitCode: -1, lastLine: end.kind };
}

/** A stream that gives each line to a function at once. */
export function lineStream(onLine: (line: string) => void): Writable {
  const cutter = lineCutter();
  return new Writable({
    write(part: Buffer, _encoding, done) {
      for (const line of cutter.add(part)) onLine(line);
      done();
    },
    final(done) {
      for (const line of cutter.end()) onLine(line);
      done();
    },
  });
}
