import type { Runner } from "../../model/runner.ts";
import type { Sandbox } from "../../model/sandbox.ts";
import type { YamlValue } from "../../text/yaml.ts";
import { type GitLabJob, gitlabJob, WAIT_JOB } from "./job.ts";
import { WAIT_FUNCTIONS } from "./wait-functions.ts";

/** The jobs of a sandbox in GitLab CI. */
export function gitlabJobs(
  sandbox: Sandbox,
  runners: readonly Runner[],
  composePath: string,
): readonly GitLabJob[] {
  return Object.keys(sandbox.jobs).map((key) => gitlabJob(sandbox, key, runners, composePath));
}

/** A GitLab CI file with these jobs, which is valid by itself and where another one includes it. */
export function ciFile(jobs: readonly GitLabJob[]): YamlValue {
  return {
    ...(jobs.some(({ waits }) => waits) && { [WAIT_JOB]: { script: [WAIT_FUNCTIONS] } }),
    ...Object.fromEntries(jobs.map(({ name, entry }) => [name, entry])),
  };
}

/** A GitLab CI file that includes others of the same project. */
export function includingFile(paths: readonly string[]): YamlValue {
  return { include: paths.map((local) => ({ local })) };
}
