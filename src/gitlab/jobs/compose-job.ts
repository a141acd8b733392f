import { composeNames } from "../../compose/compose-names.ts";
import { problemsAt } from "../../model/check-values.ts";
import { imageVariable } from "../../model/image-variable.ts";
import type { PlannedJob } from "../../model/plan/plan.ts";
import { type Problem, requireNone } from "../../model/problem.ts";
import type { Runner } from "../../model/runner/runner.ts";
import { daemonJob } from "./daemon-job.ts";
import type { JobBody, JobToEmit } from "./job-to-emit.ts";

/**
 * The job as a run of the sandbox's compose file in its own Docker daemon. Each run has its own Compose
 * project name.
 * @throws DeclarationError for properties that need a job in its own image
 */
export function composeJob(
  { plan, job, folder = "" }: JobToEmit,
  runner: Runner,
  composePath: string,
): JobBody {
  requireNone(ownImageProblems(`${plan.sandbox}.jobs.${job.key}`, job));
  const name = composeNames(plan)[job.key] ?? job.key;
  const profiles = job.profiles.map((profile) => ` --profile ${profile}`).join("");
  const compose = `docker compose --project-name "ci_$CI_JOB_ID"${profiles}`;
  const { body } = daemonJob(plan.sandbox, runner, {
    script: [`${compose} up --quiet-pull --exit-code-from ${name} ${name}`],
    cleanup: [`test "$CI_JOB_STATUS" = success || ${compose} logs --no-color --tail 100`],
  });
  const expandedVariables = {
    COMPOSE_FILE: `${folder}${composePath}`,
    ...(runner.mtu !== undefined && { NESTBOX_MTU: String(runner.mtu) }),
  };
  return { ...body, expandedVariables };
}

function* ownImageProblems(path: string, { image, ...files }: PlannedJob): Iterable<Problem> {
  const at = problemsAt(path);
  if (imageVariable(image) !== undefined)
    yield at("image", "a compose file cannot use an image from another job; write the image's name");
  for (const name of ["variablesFile", "artifacts"] as const)
    if (files[name] !== undefined)
      yield at(name, "a job in a compose file cannot write to the checkout; remove the property");
}
