import { DeclarationError, type Problem } from "../../sandboxes/model/problem.ts";
import type { DeclaredJob, Sandbox } from "../../sandboxes/model/sandbox.ts";
import { type Dependencies, findCycle } from "../../sandboxes/model/start-order.ts";
import { variableProblem } from "./variables.ts";

/** What a sandbox's job is called among all the jobs of a project. */
export function jobName(sandbox: Sandbox, key: string): string {
  return `${sandbox.name}:${key}`;
}

/** @throws DeclarationError for what a job says to GitLab and GitLab would refuse or misread */
export function checkSettings(sandbox: Sandbox, key: string, job: DeclaredJob): void {
  const path = `${sandbox.name}.jobs.${key}`;
  const { needs = [], allowedExitCodes = [], stage } = job.gitlab ?? {};
  const unknown = needs.filter((needed) => !Object.hasOwn(sandbox.jobs, needed));
  const cycle = needs.length === 0 ? undefined : findCycle(neededJobs(sandbox));
  const problems: readonly Problem[] = [
    ...unknown.map((needed) => ({
      path: `${path}.gitlab.needs`,
      message: `no job "${needed}" in this sandbox; it has ${Object.keys(sandbox.jobs).join(", ")}`,
    })),
    ...(cycle?.includes(key)
      ? [
          {
            path: `${path}.gitlab.needs`,
            message: `waits in a circle: ${cycle.join(" → ")}; remove one of these`,
          },
        ]
      : []),
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

function neededJobs(sandbox: Sandbox): Dependencies {
  return Object.fromEntries(
    Object.entries(sandbox.jobs).map(([name, { gitlab }]) => [name, gitlab?.needs ?? []]),
  );
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
