import type { Environment } from "../../machine/environment.ts";
import { imageVariable } from "../../model/image-variable.ts";
import type { Plan, PlannedJob } from "../../model/plan/plan.ts";
import { PROJECT_FOLDER, PROJECT_FOLDER_VARIABLE } from "../../model/plan/predefined-variables.ts";
import { ConfigurationError } from "../../model/problem.ts";

/** Variables by name. Values may be secret. */
export type Variables = Readonly<Record<string, string>>;

/**
 * Checks that the environment has the predefined variables of GitLab that the jobs use.
 * @throws ConfigurationError naming each missing variable
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
    return missing.length === 0 ? [] : [`${sandbox}.jobs.${job.key} uses ${missing.join(", ")}`];
  });
  if (lacking.length === 0) return;
  throw new ConfigurationError(
    `${lacking.join("; ")}: GitLab sets these variables, this environment does not; ` +
      'set them, or write "${NAME:-}" where one may be missing',
  );
}

/**
 * The variables of a job beside its declared ones. The environment provides the predefined variables in its
 * commands. Variables of needed jobs override all others, as in GitLab.
 * @param passed the variables that earlier jobs pass on, by job key
 */
export function jobVariables(
  job: PlannedJob,
  environment: Environment,
  passed: ReadonlyMap<string, Variables>,
): Variables {
  const { required, optional, projectFolder } = job.predefined;
  const predefined = [...required, ...optional].flatMap((name) => {
    const value = environment[name];
    return value === undefined || Object.hasOwn(job.env, name) ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(predefined),
    ...(projectFolder && { [PROJECT_FOLDER_VARIABLE]: PROJECT_FOLDER }),
    ...Object.assign({}, ...job.needs.map((needed) => passed.get(needed) ?? {})),
  };
}

/**
 * The image of a job, with its variable resolved: an earlier job may set it.
 * @param path the property that names the image, for errors
 * @throws ConfigurationError if no needed job has set the variable
 */
export function jobImage(path: string, image: string, variables: Variables): string {
  const name = imageVariable(image);
  if (name === undefined) return image;
  const value = variables[name];
  if (value) return value;
  throw new ConfigurationError(
    `${path}: no needed job has set ${name}; write ${name}=… to the variablesFile of a job in needs`,
  );
}
