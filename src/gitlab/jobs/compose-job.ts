import { composeNames } from "../../compose/names.ts";
import { imageVariable } from "../../model/image-variable.ts";
import type { PlannedJob } from "../../model/plan/plan.ts";
import { DeclarationError } from "../../model/problem.ts";
import type { Runner } from "../../model/runner/runner.ts";
import type { RunnerNeeds } from "./choose-runner.ts";
import { CLIENT_CERTIFICATES, DAEMON_IMAGE, daemonSandbox } from "./daemon-sandbox.ts";
import type { JobBody, JobToEmit } from "./job-to-emit.ts";
import { servicesJob } from "./services-job.ts";

/**
 * The sandbox's compose file, in a Docker daemon that the job has to itself: a job with one service, that
 * daemon, which demands a certificate where the runner shares the folder for it. Each run has a project name of
 * its own.
 * @throws DeclarationError for what only a job in its own image can do
 */
export function composeJob(
  { plan, job }: JobToEmit,
  pickRunner: (needs: RunnerNeeds) => Runner,
  composePath: string,
): { readonly runner: Runner; readonly body: JobBody } {
  requireOwnImage(`${plan.sandbox}.jobs.${job.key}`, job);
  const runner = pickRunner({ privilegedServices: [DAEMON_IMAGE], sharedFolders: [] });
  const name = composeNames(plan).jobs[job.key] ?? job.key;
  const profiles = job.profiles.map((profile) => ` --profile ${profile}`).join("");
  const compose = `docker compose --project-name "ci_$CI_JOB_ID"${profiles}`;
  const nested = daemonSandbox(plan.sandbox, {
    key: job.key,
    tls: runner.sharedFolders?.includes(CLIENT_CERTIFICATES) ?? false,
    script: [`${compose} up --quiet-pull --exit-code-from ${name} ${name}`],
    cleanup: [`test "$CI_JOB_STATUS" = success || ${compose} logs --no-color --tail 100`],
  });
  const [nestedJob] = nested.jobs;
  if (nestedJob === undefined) throw new RangeError(job.key);
  const { body } = servicesJob({ plan: nested, job: nestedJob, services: nested.services }, () => runner);
  return {
    runner,
    body: {
      ...body,
      expandedVariables: {
        COMPOSE_FILE: composePath,
        ...(runner.mtu !== undefined && { NESTBOX_MTU: String(runner.mtu) }),
      },
      before: [],
      cleanup: nestedJob.cleanup,
    },
  };
}

function requireOwnImage(path: string, { image, variablesFile }: PlannedJob): void {
  const problems = [
    ...(imageVariable(image) === undefined
      ? []
      : [
          {
            path: `${path}.image`,
            message: "the compose file cannot take it from another job; write it out",
          },
        ]),
    ...(variablesFile === undefined
      ? []
      : [
          {
            path: `${path}.variablesFile`,
            message: "the job cannot write into the checkout from a compose file; drop it",
          },
        ]),
  ];
  if (problems.length > 0) throw new DeclarationError(problems);
}
