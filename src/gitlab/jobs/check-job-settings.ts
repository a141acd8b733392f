import type { Plan, PlannedJob } from "../../model/plan/plan.ts";
import { DeclarationError, type Problem } from "../../model/problem.ts";
import { variableProblem } from "./variables.ts";

/** The name of a sandbox's job, unique in the project. */
export function jobName({ sandbox }: Plan, key: string): string {
  return `${sandbox}:${key}`;
}

/** @throws DeclarationError for settings that GitLab would reject or misinterpret */
export function checkSettings(plan: Plan, job: PlannedJob): void {
  const path = `${plan.sandbox}.jobs.${job.key}`;
  const { allowedExitCodes = [], stage } = job.gitlab;
  const problems: readonly Problem[] = [
    ...allowedExitCodes
      .filter((code) => !Number.isInteger(code) || code < 1 || code > 255)
      .map((code) => ({
        path: `${path}.gitlab.allowedExitCodes`,
        message: `${code} is not the exit code of a failure; use an integer from 1 to 255`,
      })),
    ...(stage === ""
      ? [{ path: `${path}.gitlab.stage`, message: `is empty; name a stage, for example "test"` }]
      : []),
    ...reservedNames(plan, path, job),
  ];
  if (problems.length > 0) throw new DeclarationError(problems);
}

function reservedNames(plan: Plan, path: string, job: PlannedJob): readonly Problem[] {
  const environments = [
    { path, env: job.env },
    ...plan.services.map(({ key, env }) => ({ path: `${plan.sandbox}.services.${key}`, env })),
  ];
  return environments.flatMap((container) =>
    Object.keys(container.env).flatMap((name) => {
      const message = variableProblem(name);
      return message === undefined ? [] : [{ path: `${container.path}.env.${name}`, message }];
    }),
  );
}
