import type { Failure } from "./failure.ts";
import { FAILURES } from "./failures/index.ts";
import { type LogLine, readJobLog } from "./job-log.ts";

/** A failure that a log shows, and the first line that shows it. */
export interface Diagnosis {
  readonly failure: Failure;
  readonly line: LogLine;
}

/**
 * The failures that a job's log shows, in the order in which they happened: the first is most likely behind
 * the others. None when the job succeeded: what it overcame, such as a service that was not ready at once, is
 * no failure.
 */
export function diagnose(log: string, failures: readonly Failure[] = FAILURES): readonly Diagnosis[] {
  const lines = readJobLog(log);
  if (hasSucceeded(lines)) return [];
  return failures
    .flatMap((failure) => {
      const line = lines.find(({ text }) => failure.symptoms.some((symptom) => symptom.test(text)));
      return line && isInContext(failure, lines) ? [{ failure, line }] : [];
    })
    .sort((one, other) => one.line.number - other.line.number);
}

/** The runner's own last line, when the job did what it should. */
function hasSucceeded(lines: readonly LogLine[]): boolean {
  return lines.at(-1)?.text === "Job succeeded";
}

function isInContext({ onlyWith, neverWith }: Failure, lines: readonly LogLine[]): boolean {
  const says = (pattern: RegExp) => lines.some(({ text }) => pattern.test(text));
  return (onlyWith === undefined || says(onlyWith)) && (neverWith === undefined || !says(neverWith));
}
