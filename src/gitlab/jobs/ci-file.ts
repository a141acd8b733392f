import type { Plan } from "../../model/plan/plan.ts";
import type { Runner } from "../../model/runner/runner.ts";
import type { YamlValue } from "../../text/yaml.ts";
import { type GitLabJob, gitlabJob, WAIT_JOB } from "./gitlab-job.ts";
import { WAIT_FUNCTIONS } from "./wait-functions.ts";

/**
 * The jobs of a sandbox in GitLab CI.
 * @param plan with all profiles active
 * @param folder the project's folder in its repository, with a slash at its end. @default the root
 */
export function gitlabJobs(
  plan: Plan,
  runners: readonly Runner[],
  composePath: string,
  folder = "",
): readonly GitLabJob[] {
  return plan.jobs.map((job) => gitlabJob(plan, job, runners, composePath, folder));
}

/** A GitLab CI file with these jobs, valid by itself and as an included file. */
export function ciFile(jobs: readonly GitLabJob[]): YamlValue {
  return {
    ...(jobs.some(({ waits }) => waits) && { [WAIT_JOB]: { script: [WAIT_FUNCTIONS] } }),
    ...Object.fromEntries(jobs.map(({ name, entry }) => [name, entry])),
  };
}

/** A GitLab CI file that includes other files of the project. */
export function includingFile(paths: readonly string[]): YamlValue {
  return { include: paths.map((local) => ({ local })) };
}
