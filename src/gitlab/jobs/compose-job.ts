import { CLIENT_CERTIFICATES } from "../../catalog/dind.ts";
import { composeNames } from "../../compose/compose-names.ts";
import { problemsAt } from "../../model/check-values.ts";
import { imageVariable } from "../../model/image-variable.ts";
import type { PlannedJob } from "../../model/plan/plan.ts";
import { type Problem, requireNone } from "../../model/problem.ts";
import type { Runner } from "../../model/runner/runner.ts";
import type { RunnerNeeds } from "./choose-runner.ts";
import { DAEMON_IMAGE, daemonSandbox } from "./daemon-sandbox.ts";
import type { JobBody, JobToEmit } from "./job-to-emit.ts";
import { servicesJob } from "./services-job.ts";

/**
 * The job as a run of the sandbox's compose file in its own Docker daemon, which is the job's only service.
 * The daemon requires a client certificate if the runner shares the folder for it. Each run has its own
 * Compose project name.
 * @throws DeclarationError for properties that need a job in its own image
 */
export function composeJob(
  { plan, job, folder = "" }: JobToEmit,
  pickRunner: (needs: RunnerNeeds) => Runner,
  composePath: string,
): { readonly runner: Runner; readonly body: JobBody } {
  requireNone(ownImageProblems(`${plan.sandbox}.jobs.${job.key}`, job));
  const runner = pickRunner({ privilegedServices: [DAEMON_IMAGE], sharedFolders: [] });
  const name = composeNames(plan)[job.key] ?? job.key;
  const profiles = job.profiles.map((profile) => ` --profile ${profile}`).join("");
  const compose = `docker compose --project-name "ci_$CI_JOB_ID"${profiles}`;
  const nested = daemonSandbox(plan.sandbox, runner.sharedFolders?.includes(CLIENT_CERTIFICATES) ?? false, {
    script: [`${compose} up --quiet-pull --exit-code-from ${name} ${name}`],
    cleanup: [`test "$CI_JOB_STATUS" = success || ${compose} logs --no-color --tail 100`],
  });
  const [nestedJob] = nested.jobs;
  if (nestedJob === undefined) throw new RangeError(job.key);
  const { body } = servicesJob({ plan: nested, job: nestedJob, services: nested.services }, () => runner);
  const expandedVariables = {
    COMPOSE_FILE: `${folder}${composePath}`,
    ...(runner.mtu !== undefined && { NESTBOX_MTU: String(runner.mtu) }),
  };
  return { runner, body: { ...body, expandedVariables, before: [], cleanup: nestedJob.cleanup } };
}

function* ownImageProblems(path: string, { image, variablesFile }: PlannedJob): Iterable<Problem> {
  const at = problemsAt(path);
  if (imageVariable(image) !== undefined)
    yield at("image", "a compose file cannot use an image from another job; write the image's name");
  if (variablesFile !== undefined)
    yield at("variablesFile", "a job in a compose file cannot write to the checkout; remove the property");
}
