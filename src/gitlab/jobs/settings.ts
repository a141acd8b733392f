import { DeclarationError, type Problem } from "../../model/problem.ts";
import type { DeclaredJob, Sandbox } from "../../model/sandbox.ts";
import { variableProblem } from "./variables.ts";

/** What a sandbox's job is called among all the jobs of a project. */
export function jobName(sandbox: Sandbox, key: string): string {
  return `${sandbox.name}:${key}`;
}

/** @throws DeclarationError for what a job says to GitLab and GitLab would refuse or misread */
export function checkSettings(sandbox: Sandbox, key: string, job: DeclaredJob): void {
  const path = `${sandbox.name}.jobs.${key}`;
  const { allowedExitCodes = [], stage } = job.gitlab ?? {};
  const problems: readonly Problem[] = [
    ...allowedExitCodes
      .filter((code) => !Number.isInteger(code) || code < 1 || code > 255)
      .map((code) => ({
        path: `${path}.gitlab.allowedExitCodes`,
        message: `${code} is no exit code of a failure; use a whole number from 1 to 255`,
      })),
    ...(stage === ""
      ? [{ path: `${path}.gitlab.stage`, message: `is empty; name a stage, for example "test"` }]
      : []),
    ...secretsAsVariables(sandbox, path, job),
  ];
  if (problems.length > 0) throw new DeclarationError(problems);
}

function secretsAsVariables(sandbox: Sandbox, path: string, job: DeclaredJob): readonly Problem[] {
  const environments = [
    { path, env: job.env },
    ...Object.entries(sandbox.services).map(([key, { env = {} }]) => ({
      path: `${sandbox.name}.services.${key}`,
      env,
    })),
  ];
  return environments.flatMap((container) =>
    Object.keys(container.env).flatMap((name) => {
      const message = variableProblem(name);
      return message === undefined ? [] : [{ path: `${container.path}.env.${name}`, message }];
    }),
  );
}
