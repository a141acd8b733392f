import type { PlannedJob } from "../../model/plan/plan.ts";
import type { JobEnd } from "../../running/job-end.ts";
import { EXIT_INTERRUPTED, EXIT_TIMED_OUT } from "../exit-codes.ts";

/** The exit code of `nestbox run` for the end of a job. */
export function exitCodeOf(end: JobEnd): number {
  if (end.kind === "exited") return end.exitCode;
  return end.kind === "interrupted" ? EXIT_INTERRUPTED : EXIT_TIMED_OUT;
}

/** The end of a job in words, with a remedy for a timeout. */
export function describeJobEnd(end: JobEnd, job: PlannedJob): string {
  if (end.kind === "interrupted") return "interrupted";
  if (end.kind === "timed out")
    return `took longer than ${job.timeout}; raise its timeout or shorten the job`;
  return end.exitCode === 0 ? "passed" : `failed with exit code ${end.exitCode}`;
}
