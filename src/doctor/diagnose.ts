import type { Failure } from "./failure.ts";
import { FAILURES } from "./failures/index.ts";
import { type LogLine, readJobLog } from "./job-log.ts";

/** A failure found in a log, and the first line that shows it. */
export interface Diagnosis {
  readonly failure: Failure;
  readonly line: LogLine;
}

/**
 * The failures in a job's log, in order of appearance: the first most likely causes the others. A line shows
 * one failure: the first in the list that it matches, and a general one only if it matches no other. A job
 * that succeeded has none: it overcame its symptoms, such as a service that was not ready at once.
 */
export function diagnose(log: string): readonly Diagnosis[] {
  const lines = readJobLog(log);
  if (lines.at(-1)?.text === "Job succeeded") return [];
  const inContext = FAILURES.filter((failure) => isInContext(failure, lines));
  const failures = [...inContext.filter(isSpecific), ...inContext.filter((failure) => !isSpecific(failure))];
  const found = new Map<Failure, LogLine>();
  for (const line of lines) {
    const failure = failures.find((candidate) => isShownBy(candidate, line.text));
    if (failure && !found.has(failure)) found.set(failure, line);
  }
  const diagnoses = [...found].map(([failure, line]) => ({ failure, line }));
  const specific = diagnoses.filter(({ failure }) => isSpecific(failure));
  return specific.length > 0 ? specific : diagnoses;
}

function isSpecific({ general }: Failure): boolean {
  return general !== true;
}

function isInContext({ onlyWith, neverWith }: Failure, lines: readonly LogLine[]): boolean {
  const matches = (pattern: RegExp) => lines.some(({ text }) => pattern.test(text));
  return (onlyWith === undefined || matches(onlyWith)) && (neverWith === undefined || !matches(neverWith));
}

/**
 * The runner reporting about its own engine, outside of the job's script.
 * Source: https://gitlab.com/gitlab-org/gitlab-runner/-/blob/main/common/build.go
 */
const RUNNER_SPEAKS: readonly RegExp[] = [
  /\bPreparation failed: /,
  /\(system failure\): /,
  /\bJob failed: prepare environment: /,
  /^WARNING: Event retrieved from the cluster: /,
  /\bfailed to pull image (?:.+ )?with (?:specified )?polic/i,
  /\bFailed to remove network for build/,
];

function isShownBy({ symptoms, saidBy }: Failure, text: string): boolean {
  const runnerSpeaks = RUNNER_SPEAKS.some((pattern) => pattern.test(text));
  if (saidBy !== undefined && (saidBy === "runner") !== runnerSpeaks) return false;
  return symptoms.some((symptom) => symptom.test(text));
}
