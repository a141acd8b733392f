import { isActive } from "../../model/plan/active.ts";
import type { Plan, PlannedJob } from "../../model/plan/plan.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { SETTINGS_NAMESPACE } from "../../stacks/stack-settings.ts";
import { jobOrder } from "../jobs/job-order.ts";
import { runActiveJobs, runJobs } from "../jobs/run-jobs.ts";
import type { Project, Target } from "../workspace/project.ts";
import { unknownSandbox } from "../workspace/unknown-sandbox.ts";
import { withWorkspace } from "../workspace/workspace.ts";

/**
 * `nestbox run SANDBOX [JOB]`: runs the sandbox's active jobs, or one job after the jobs that it needs. The
 * first failure ends the run.
 * @returns the exit code of the failed job, otherwise 0
 */
export function run(target: Target, sandboxName: string, jobName: string | undefined): Promise<number> {
  const needs = {
    pulumi: true,
    plans: (project: Project) => [planOf(project, sandboxName, jobName)],
  };
  return withWorkspace(target, needs, async (workspace) => {
    const plan = planOf(workspace.project, sandboxName, jobName);
    if (jobName === undefined) return runActiveJobs(workspace, plan);
    const jobs = jobOrder(plan.jobs, jobName);
    for (const job of jobs) requireActive(plan, job);
    return runJobs(workspace, plan, jobs);
  });
}

/** @throws ConfigurationError for an unknown sandbox or job, and for a sandbox outside the stack */
function planOf(project: Project, sandboxName: string, jobName: string | undefined): Plan {
  const sandbox = project.declared.find(({ name }) => name === sandboxName);
  if (!sandbox)
    throw unknownSandbox(
      sandboxName,
      project.declared.map(({ name }) => name),
      project.declaredIn,
    );
  const jobs = Object.keys(sandbox.jobs);
  if (jobName !== undefined && !jobs.includes(jobName)) {
    throw new ConfigurationError(
      `no job "${jobName}" in sandbox "${sandboxName}"; it has ${jobs.join(", ") || "none"}`,
    );
  }
  if (jobs.length === 0)
    throw new ConfigurationError(`${sandboxName}.jobs: the sandbox has no jobs; declare one`);
  const planned = project.plans.find((plan) => plan.sandbox === sandboxName);
  if (planned === undefined) {
    const place = `${project.settingsFile}: ${SETTINGS_NAMESPACE}:sandboxes`;
    throw new ConfigurationError(`${place} does not list "${sandboxName}"; add it, then run nestbox up`);
  }
  return planned;
}

function requireActive(plan: Plan, job: PlannedJob): void {
  if (isActive(job, plan.profiles)) return;
  const profiles = job.profiles.join(" or ");
  throw new ConfigurationError(
    `${plan.sandbox}.jobs.${job.key}: profile ${profiles} is not active; ` +
      `add it to ${SETTINGS_NAMESPACE}:profiles, then run nestbox up`,
  );
}
