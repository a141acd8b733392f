import type { YamlValue } from "../../text/yaml.ts";
import { type GitLabJob, WAIT_JOB } from "./gitlab-job.ts";
import { WAIT_FUNCTIONS } from "./wait-functions.ts";

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
