import type { Failure } from "./failure.ts";
import { FAILURES } from "./failures/index.ts";
import { type LogLine, readJobLog } from "./job-log.ts";

/** A failure found in a log, and the first line that shows it. */
export interface Diagnosis {
  readonly failure: Failure;
  readonly line: LogLine;
}

/**
 * The failures in a job's log, in order of appearance: the first most likely causes the others. A job that
 * succeeded has none: it overcame its symptoms, such as a service that was not ready at once.
 */
export function diagnose(log: string): readonly Diagnosis[] {
  const lines = readJobLog(log);
  if (lines.at(-1)?.text === "Job succeeded") return [];
  return FAILURES.flatMap((failure) => {
    const line = lines.find(({ text }) => failure.symptoms.some((symptom) => symptom.test(text)));
    return line && isInContext(failure, lines) ? [{ failure, line }] : [];
  }).sort((one, other) => one.line.number - other.line.number);
}

function isInContext({ onlyWith, neverWith }: Failure, lines: readonly LogLine[]): boolean {
  const matches = (pattern: RegExp) => lines.some(({ text }) => pattern.test(text));
  return (onlyWith === undefined || matches(onlyWith)) && (neverWith === undefined || !matches(neverWith));
}
