import { Writable } from "node:stream";
import { lineCutter } from "../../machine/lines.ts";
import { commandLine } from "../../model/plan/job-script.ts";
import type { PlannedJob } from "../../model/plan/plan.ts";
import type { Timings } from "../../timings/timings.ts";
import type { JobRun } from "../running-sandbox.ts";

/**
 * Times the commands of a job by its output, which has the line of each before it runs: those of `before`,
 * and its script.
 * @returns the stream for the output, which copies it, and the listener to the end of the commands
 */
export function timedCommands(
  { key, before, script }: Pick<PlannedJob, "key" | "before" | "script">,
  stdout: Writable,
  timings: Timings,
): Required<Pick<JobRun, "stdout" | "commandsEnded">> {
  const awaited = [...before, ...script].map((command) => commandLine(command).split("\n")[0]);
  const cutter = lineCutter();
  /** Their first commands have begun. */
  const begun: { readonly step: string; readonly start: number }[] = [];
  let seen = 0;
  let hasEnded = false;
  const add = (step: string, start: number, end: number) =>
    timings.add({ part: `job ${key}`, step, after: [], start, end });
  return {
    stdout: new Writable({
      write(part: Uint8Array, _, done) {
        stdout.write(part);
        for (const line of cutter.add(part)) {
          if (line !== awaited[seen]) continue;
          if (seen === 0 && before.length > 0) begun.push({ step: "before", start: performance.now() });
          if (seen === before.length) begun.push({ step: "script", start: performance.now() });
          seen += 1;
        }
        done();
      },
    }),
    commandsEnded: () => {
      if (hasEnded) return;
      hasEnded = true;
      for (const [index, { step, start }] of begun.entries())
        add(step, start, begun[index + 1]?.start ?? performance.now());
    },
  };
}
