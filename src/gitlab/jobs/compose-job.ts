import { dind } from "../../catalog/dind.ts";
import { composeNames } from "../../compose/names.ts";
import { imageVariable } from "../../model/image-variable.ts";
import { DeclarationError } from "../../model/problem.ts";
import type { Runner } from "../../model/runner.ts";
import { type DeclaredJob, sandbox as declare } from "../../model/sandbox.ts";
import type { RunnerNeeds } from "./choose-runner.ts";
import type { JobBody, JobToEmit } from "./job-to-emit.ts";
import { servicesJob } from "./services-job.ts";

/** The image with the Docker client and the compose plugin in which these jobs run. */
const CLIENT_IMAGE = "docker:25.0.0-cli";

const CLIENT_CERTIFICATES = "/certs/client";

/**
 * The sandbox's compose file, in a Docker daemon that the job has to itself: a job with one service, that
 * daemon, which shows a certificate where the runner shares the folder for it. Each run has a project name of
 * its own.
 * @throws DeclarationError for what only a job in its own image can do
 */
export function composeJob(
  { sandbox, key, job }: JobToEmit,
  pickRunner: (needs: RunnerNeeds) => Runner,
  composePath: string,
): { readonly runner: Runner; readonly body: JobBody } {
  requireOwnImage(`${sandbox.name}.jobs.${key}`, job);
  const runner = pickRunner({ privilegedServices: [dind().image], sharedFolders: [] });
  const tls = runner.sharedFolders?.includes(CLIENT_CERTIFICATES) ?? false;
  const name = composeNames(sandbox).jobs[key] ?? key;
  const profiles = (job.profiles ?? []).map((profile) => ` --profile ${profile}`).join("");
  const compose = `docker compose --project-name "ci_$CI_JOB_ID"${profiles}`;
  const nested = declare(sandbox.name, {
    services: { docker: dind({ tls }) },
    jobs: {
      [key]: {
        image: CLIENT_IMAGE,
        files: ".",
        env: ({ docker }) => docker.variables,
        script: [`${compose} up --quiet-pull --exit-code-from ${name} ${name}`],
        cleanup: [`test "$CI_JOB_STATUS" = success || ${compose} logs --no-color --tail 100`],
      },
    },
  });
  const nestedJob = nested.jobs[key];
  const daemon = nested.services.docker;
  if (!nestedJob || !daemon) throw new RangeError(key);
  const { body } = servicesJob(
    { sandbox: nested, key, job: { ...nestedJob }, services: [["docker", daemon]] },
    () => runner,
  );
  return {
    runner,
    body: {
      ...body,
      expandedVariables: {
        COMPOSE_FILE: composePath,
        ...(runner.mtu !== undefined && { NESTBOX_MTU: String(runner.mtu) }),
      },
      before: [],
      cleanup: nestedJob.cleanup ?? [],
    },
  };
}

function requireOwnImage(path: string, { image, variablesFile }: DeclaredJob): void {
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
