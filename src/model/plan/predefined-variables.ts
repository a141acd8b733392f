import type { JobDefinition } from "../declaration/job.ts";

/** GitLab's variable for the folder of a job's checkout. */
export const PROJECT_FOLDER_VARIABLE = "CI_PROJECT_DIR";

/** The value of this variable outside GitLab: an empty folder of the job, writable by every user. */
export const PROJECT_FOLDER = "/run/nestbox/project";

type Commands = Pick<JobDefinition, "before" | "script" | "cleanup" | "variablesFile">;

/** GitLab's predefined variables in the commands of a job. */
export interface PredefinedVariables {
  /** Variables that must have a value. */
  readonly required: readonly string[];
  /** Variables that may be unset: `${CI_COMMIT_TAG:-}`. */
  readonly optional: readonly string[];
  /** Whether the job needs the folder of the checkout. */
  readonly projectFolder: boolean;
}

/** GitLab sets this variable only for `cleanup`. */
const JOB_STATUS = "CI_JOB_STATUS";

/**
 * GitLab's predefined variables in the commands of a job. Outside GitLab, they come from the environment of
 * the user who runs the job. Source: https://docs.gitlab.com/ci/variables/predefined_variables/
 */
export function predefinedVariables(job: Commands): PredefinedVariables {
  const commands = [...(job.before ?? []), ...job.script, ...(job.cleanup ?? [])].join("\n");
  const required = new Set<string>();
  const optional = new Set<string>();
  for (const [, plain, braced, fallback] of commands.matchAll(VARIABLES)) {
    const name = plain ?? braced ?? "";
    const isOptional = fallback !== undefined || name === JOB_STATUS;
    if (name !== PROJECT_FOLDER_VARIABLE) (isOptional ? optional : required).add(name);
  }
  return {
    required: [...required].sort(),
    optional: [...optional].filter((name) => !required.has(name)).sort(),
    projectFolder: job.variablesFile !== undefined || commands.includes(PROJECT_FOLDER_VARIABLE),
  };
}

/** `$NAME` or `${NAME}`, also with a default as in `${NAME:-default}`. */
const VARIABLES = /\$(?:((?:CI|GITLAB)_[A-Z0-9_]+)|\{((?:CI|GITLAB)_[A-Z0-9_]+)(:?[-=+])?)/g;
