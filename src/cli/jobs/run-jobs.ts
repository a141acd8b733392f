import { isActive } from "../../model/plan/active.ts";
import type { Plan, PlannedJob } from "../../model/plan/plan.ts";
import { readVariablesFile } from "../../model/plan/variables-file.ts";
import { ConfigurationError } from "../../model/problem.ts";
import type { JobEnd } from "../../running/job-end.ts";
import type { Progress } from "../../terminal/progress.ts";
import { exitCodeOf } from "./job-end.ts";
import { jobOrder } from "./job-order.ts";
import type { WithSite } from "./job-site.ts";
import { requirePredefined, type Variables } from "./job-variables.ts";
import { runSandboxJob } from "./run-sandbox-job.ts";

/** The active jobs of a sandbox in their order. Prints those that are skipped. */
export function activeJobs(progress: Progress, plan: Plan): readonly PlannedJob[] {
  for (const job of plan.jobs.filter((candidate) => !isActive(candidate, plan.profiles))) {
    progress.print(
      `… ${plan.sandbox} ${job.key}: skipped; profile ${job.profiles.join(" or ")} is not active`,
    );
  }
  return jobOrder(plan.jobs).filter((job) => isActive(job, plan.profiles));
}

/**
 * Runs jobs of a sandbox one after the other, until one fails.
 * @returns the exit code of the failed job, otherwise 0
 * @throws ConfigurationError if the sandbox is not up
 */
export async function runJobs(
  progress: Progress,
  plan: Plan,
  jobs: readonly PlannedJob[],
  withSite: WithSite,
): Promise<number> {
  requirePredefined(plan, jobs, process.env);
  const passed = new Map<string, Variables>();
  for (const job of jobs) {
    const end = await runSandboxJob(progress, plan, job, passed, withSite);
    const exitCode = exitCodeOf(end);
    if (exitCode !== 0) return exitCode;
    if (job.variablesFile !== undefined) passed.set(job.key, variablesOf(plan, job, end));
  }
  return 0;
}

/** @throws ConfigurationError for a file that is missing or that GitLab would refuse */
function variablesOf({ sandbox }: Plan, { key, variablesFile }: PlannedJob, end: JobEnd): Variables {
  const path = `${sandbox}.jobs.${key}.variablesFile`;
  const content = end.kind === "exited" ? end.variables : undefined;
  if (content !== undefined) return readVariablesFile(path, content);
  throw new ConfigurationError(
    `${path}: the job did not write the file; write it to "$CI_PROJECT_DIR/${variablesFile}"`,
  );
}
