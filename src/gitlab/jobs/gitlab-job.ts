import { type Loss, lossesOf } from "../../losses/losses.ts";
import { goDuration, milliseconds } from "../../model/duration.ts";
import { isActive } from "../../model/plan/active.ts";
import type { Plan, PlannedJob } from "../../model/plan/plan.ts";
import { requireNone } from "../../model/problem.ts";
import type { Runner } from "../../model/runner/runner.ts";
import { YamlReference, type YamlValue } from "../../text/yaml.ts";
import { jobName, settingProblems } from "./check-job-settings.ts";
import { chooseRunner } from "./choose-runner.ts";
import { composeJob } from "./compose-job.ts";
import { GITLAB_COMPOSE, GITLAB_SERVICES } from "./gitlab-support.ts";
import type { JobBody, JobToEmit } from "./job-to-emit.ts";
import { servicesJob } from "./services-job.ts";
import { serviceStrategy } from "./strategy.ts";
import { ciJobVariables } from "./variables.ts";

/** The hidden job with the shell functions by which the file's jobs wait for services. */
export const WAIT_JOB = ".nestbox-wait";

export interface GitLabJob {
  readonly name: string;
  readonly entry: Readonly<Record<string, YamlValue>>;
  /** Whether the job uses the functions of {@link WAIT_JOB}. */
  readonly waits: boolean;
  /** The losses of the job, its services and the sandbox. */
  readonly losses: readonly Loss[];
}

/**
 * A job in GitLab CI.
 * @param composePath the path of the sandbox's emitted compose file, from the project's folder
 * @param folder the project's folder in its repository, with a slash at its end. @default the root
 * @throws DeclarationError for a property that no strategy can express, and without a suitable runner
 */
export function gitlabJob(
  plan: Plan,
  job: PlannedJob,
  runners: readonly Runner[],
  composePath: string,
  folder = "",
): GitLabJob {
  requireNone(settingProblems(plan, job));
  const services = plan.services.filter((service) => isActive(service, job.profiles));
  const toEmit: JobToEmit = { plan, job, services, folder };
  const strategy = serviceStrategy(toEmit);
  const pick = (needs: Parameters<typeof chooseRunner>[1]) =>
    chooseRunner(`${plan.sandbox}.jobs.${job.key}.gitlab.runner`, needs, runners, job.gitlab.runner);
  const { runner, body } =
    strategy === "compose" ? composeJob(toEmit, pick, composePath) : servicesJob(toEmit, pick);
  return {
    name: jobName(plan, job.key),
    entry: jobEntry(plan, job, runner, body),
    waits: body.waits.length > 0,
    losses: lossesOf(strategy === "compose" ? GITLAB_COMPOSE : GITLAB_SERVICES, plan, {
      services,
      jobs: [job],
    }),
  };
}

function jobEntry(
  plan: Plan,
  job: PlannedJob,
  runner: Runner,
  body: JobBody,
): Readonly<Record<string, YamlValue>> {
  const { needs, variablesFile, timeout } = job;
  const { stage = "test", allowedExitCodes } = job.gitlab;
  const variables = {
    ...(body.services.length > 0 && { FF_NETWORK_PER_BUILD: "true" }),
    ...ciJobVariables(body.variables),
    ...body.expandedVariables,
  };
  const before = [
    ...(body.waits.length > 0 ? [new YamlReference(WAIT_JOB, "script"), ...body.waits] : []),
    ...body.before,
  ];
  return {
    stage,
    ...(runner.tags.length > 0 && { tags: runner.tags }),
    image: body.image,
    ...(body.services.length > 0 && { services: body.services }),
    ...(needs.length > 0 && { needs: needs.map((needed) => jobName(plan, needed)) }),
    ...(timeout !== GITLAB_TIMEOUT && {
      timeout: spaced(goDuration(`${Math.ceil(milliseconds(timeout) / 1000)}s`)),
    }),
    ...(Object.keys(variables).length > 0 && { variables }),
    ...(body.cache !== undefined && { cache: body.cache }),
    ...(before.length > 0 && { before_script: before }),
    script: body.script,
    ...(body.cleanup.length > 0 && { after_script: body.cleanup }),
    ...(allowedExitCodes && { allow_failure: { exit_codes: allowedExitCodes } }),
    ...(variablesFile !== undefined && { artifacts: { reports: { dotenv: variablesFile } } }),
  };
}

/** GitLab's default: https://docs.gitlab.com/ci/pipelines/settings/#set-a-limit-for-how-long-jobs-can-run */
const GITLAB_TIMEOUT = "1h";

/** A duration with spaces between its units, as GitLab requires: `1h 30m`. */
function spaced(duration: string): string {
  return duration.replace(/(?<=[a-z])(?=\d)/g, " ");
}
