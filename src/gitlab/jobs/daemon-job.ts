import { CLIENT_CERTIFICATES } from "../../catalog/dind.ts";
import { jobNamed } from "../../model/plan/job-named.ts";
import type { Plan, PlannedJob } from "../../model/plan/plan.ts";
import type { Runner } from "../../model/runner/runner.ts";
import type { NeedsOn } from "./choose-runner.ts";
import { DAEMON_IMAGE, DAEMON_JOB, daemonSandbox } from "./daemon-sandbox.ts";
import type { JobBody } from "./job-to-emit.ts";
import { servicesJob } from "./services-job.ts";

/** What a job with a Docker daemon of its own needs of a runner, on either executor. */
export const DAEMON_NEEDS: NeedsOn = ({ executor = "docker" }) => ({
  ...{ executor, privilegedServices: [DAEMON_IMAGE], sharedFolders: [] },
});

/**
 * A job that runs commands in the checkout, with a Docker daemon as its only service. The daemon requires a
 * client certificate if the runner shares the folder for it.
 * @param sandbox its name, for errors
 */
export function daemonJob(
  sandbox: string,
  runner: Runner,
  commands: Pick<PlannedJob, "script" | "cleanup">,
): { readonly plan: Plan; readonly job: PlannedJob; readonly body: JobBody } {
  const tls = runner.sharedFolders?.includes(CLIENT_CERTIFICATES) ?? false;
  const plan = daemonSandbox(sandbox, tls, commands);
  const job = jobNamed(plan, DAEMON_JOB);
  const body = servicesJob({ plan, job, services: plan.services }, runner);
  return { plan, job, body: { ...body, before: [], cleanup: job.cleanup } };
}
