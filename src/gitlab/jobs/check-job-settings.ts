import { problem } from "../../model/check-values.ts";
import type { Plan, PlannedJob } from "../../model/plan/plan.ts";
import type { Problem } from "../../model/problem.ts";
import { variableProblem } from "./variables.ts";

/** The name of a sandbox's job, unique in the project. */
export function jobName({ sandbox }: Plan, key: string): string {
  return `${sandbox}:${key}`;
}

/** The settings of a job that GitLab would reject or misinterpret. */
export function* settingProblems(plan: Plan, job: PlannedJob): Iterable<Problem> {
  const path = `${plan.sandbox}.jobs.${job.key}`;
  const { allowedExitCodes = [], stage } = job.gitlab;
  for (const code of allowedExitCodes) {
    const message = `${code} is not the exit code of a failure; use an integer from 1 to 255`;
    const isFailure = Number.isInteger(code) && code >= 1 && code <= 255;
    if (!isFailure) yield { path: `${path}.gitlab.allowedExitCodes`, message };
  }
  if (stage === "")
    yield { path: `${path}.gitlab.stage`, message: 'is empty; name a stage, for example "test"' };
  const services = plan.services.map(({ key, env }) => ({ place: `${plan.sandbox}.services.${key}`, env }));
  for (const { place, env } of [{ place: path, env: job.env }, ...services])
    for (const name of Object.keys(env)) yield* problem(`${place}.env.${name}`, variableProblem(name));
}
