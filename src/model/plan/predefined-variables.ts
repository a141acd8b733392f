/** The variable with the folder of a job's checkout in GitLab. */
export const PROJECT_FOLDER_VARIABLE = "CI_PROJECT_DIR";

/** That folder where a job has no checkout: empty, the job's own, and for everybody to write. */
export const PROJECT_FOLDER = "/run/nestbox/project";

/** What {@link predefinedVariables} looks at. */
interface Commands {
  readonly before?: readonly string[];
  readonly script: readonly string[];
  readonly cleanup?: readonly string[];
  readonly variablesFile?: string;
}

/** Which of the variables that GitLab gives every job the commands of one name. */
export interface PredefinedVariables {
  /** Somebody must give these. */
  readonly required: readonly string[];
  /** The commands do without these: `${CI_COMMIT_TAG:-}`. */
  readonly optional: readonly string[];
  /** Whether they need the folder of the checkout. */
  readonly projectFolder: boolean;
}

/** GitLab gives this one to `cleanup` alone. */
const JOB_STATUS = "CI_JOB_STATUS";

/**
 * The predefined variables that a job's commands name. GitLab sets them; elsewhere they come from the
 * environment of whoever runs the job. Source: https://docs.gitlab.com/ci/variables/predefined_variables/
 */
export function predefinedVariables(job: Commands): PredefinedVariables {
  const commands = [...(job.before ?? []), ...job.script, ...(job.cleanup ?? [])].join("\n");
  const required = new Set<string>();
  const optional = new Set<string>();
  for (const [, plain, braced, otherwise] of commands.matchAll(NAMED)) {
    const name = plain ?? braced ?? "";
    const isOptional = otherwise !== undefined || name === JOB_STATUS;
    if (name !== PROJECT_FOLDER_VARIABLE) (isOptional ? optional : required).add(name);
  }
  return {
    required: [...required].sort(),
    optional: [...optional].filter((name) => !required.has(name)).sort(),
    projectFolder: job.variablesFile !== undefined || commands.includes(PROJECT_FOLDER_VARIABLE),
  };
}

/** `$NAME`, or `${NAME}` with what a shell takes where it is not set. */
const NAMED = /\$(?:((?:CI|GITLAB)_[A-Z0-9_]+)|\{((?:CI|GITLAB)_[A-Z0-9_]+)(:?[-=+])?)/g;
