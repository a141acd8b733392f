import type { Plan, PlannedJob } from "../../model/plan.ts";
import { PROJECT_FOLDER, PROJECT_FOLDER_VARIABLE } from "../../model/predefined-variables.ts";
import { ConfigurationError } from "../../model/problem.ts";
import type { Environment } from "../workspace/stack-plan.ts";

/** Variables by name. Their values may be secret. */
export type Variables = Readonly<Record<string, string>>;

/** What jobs have handed on, by the key of the job. */
export type HandedOn = ReadonlyMap<string, Variables>;

/**
 * Checks that the variables that GitLab would give these jobs are there.
 * @throws ConfigurationError naming each that is missing
 */
export function requirePredefined(
  { sandbox }: Plan,
  jobs: readonly PlannedJob[],
  environment: Environment,
): void {
  const lacking = jobs.flatMap((job) => {
    const missing = job.predefined.required.filter(
      (name) => environment[name] === undefined && !Object.hasOwn(job.env, name),
    );
    return missing.length === 0 ? [] : [`${sandbox}.jobs.${job.key} names ${missing.join(", ")}`];
  });
  if (lacking.length === 0) return;
  throw new ConfigurationError(
    `${lacking.join("; ")}: GitLab sets these, and this environment lacks them; set them, or write "\${NAME:-}" for one that may be missing`,
  );
}

/**
 * The variables that a job gets on top of those that it declares. The predefined ones that its commands name
 * come from this environment. Those that needed jobs handed on win over all others, as in GitLab.
 */
export function jobVariables(job: PlannedJob, environment: Environment, handedOn: HandedOn): Variables {
  const { required, optional, projectFolder } = job.predefined;
  const predefined = [...required, ...optional].flatMap((name) => {
    const value = environment[name];
    return value === undefined || Object.hasOwn(job.env, name) ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(predefined),
    ...(projectFolder && { [PROJECT_FOLDER_VARIABLE]: PROJECT_FOLDER }),
    ...Object.assign({}, ...job.needs.map((needed) => handedOn.get(needed) ?? {})),
  };
}
