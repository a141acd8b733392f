import { type Loss, lossesOf } from "../../losses/losses.ts";
import { problem, problemsAt } from "../../model/check-values.ts";
import { goDuration, milliseconds } from "../../model/duration.ts";
import { isActive } from "../../model/plan/active.ts";
import type { Plan, PlannedJob } from "../../model/plan/plan.ts";
import { type Problem, requireNone } from "../../model/problem.ts";
import type { Runner } from "../../model/runner/runner.ts";
import { filled, YamlReference, type YamlValue } from "../../text/yaml.ts";
import { chooseRunner, type RunnerNeeds } from "./choose-runner.ts";
import { composeJob } from "./compose-job.ts";
import { GITLAB_COMPOSE, GITLAB_SERVICES } from "./gitlab-support.ts";
import type { JobBody, JobToEmit } from "./job-to-emit.ts";
import { servicesJob } from "./services-job.ts";
import { serviceStrategy } from "./strategy.ts";
import { ciJobVariables, variableProblem } from "./variables.ts";

/** The hidden job with the shell functions by which the file's jobs wait for services. */
export const WAIT_JOB = ".nestbox-wait";

export interface GitLabJob {
  readonly name: string;
  readonly entry: Readonly<Record<string, YamlValue | undefined>>;
  /** Whether the job uses the functions of {@link WAIT_JOB}. */
  readonly waits: boolean;
  /** The losses of the job, its services and the sandbox. */
  readonly losses: readonly Loss[];
}

/**
 * A job in GitLab CI.
 * @param plan with all profiles active
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
  const isByCompose = serviceStrategy(toEmit) === "compose";
  const pick = (needs: RunnerNeeds) =>
    chooseRunner(`${plan.sandbox}.jobs.${job.key}.gitlab.runner`, needs, runners, job.gitlab.runner);
  const { runner, body } = isByCompose ? composeJob(toEmit, pick, composePath) : servicesJob(toEmit, pick);
  const target = isByCompose ? GITLAB_COMPOSE : GITLAB_SERVICES;
  return {
    name: jobName(plan, job.key),
    entry: jobEntry(plan, job, runner, body),
    waits: body.waits.length > 0,
    losses: lossesOf(target, plan, { services, jobs: [job] }),
  };
}

/** The name of a sandbox's job, unique in the project. */
export function jobName({ sandbox }: Plan, key: string): string {
  return `${sandbox}:${key}`;
}

/** The settings of a job that GitLab would reject or misinterpret. */
function* settingProblems(plan: Plan, job: PlannedJob): Iterable<Problem> {
  const path = `${plan.sandbox}.jobs.${job.key}`;
  const at = problemsAt(`${path}.gitlab`);
  const { allowedExitCodes = [], stage } = job.gitlab;
  for (const code of allowedExitCodes.filter((one) => !(Number.isInteger(one) && one >= 1 && one <= 255)))
    yield at("allowedExitCodes", `${code} is not the exit code of a failure; use an integer from 1 to 255`);
  if (stage === "") yield at("stage", 'is empty; name a stage, for example "test"');
  const services = plan.services.map(({ key, env }) => ({ place: `${plan.sandbox}.services.${key}`, env }));
  for (const { place, env } of [{ place: path, env: job.env }, ...services])
    for (const name of Object.keys(env)) yield* problem(`${place}.env.${name}`, variableProblem(name));
}

function jobEntry(plan: Plan, job: PlannedJob, runner: Runner, body: JobBody): GitLabJob["entry"] {
  const { needs, variablesFile, timeout } = job;
  const { stage = "test", allowedExitCodes } = job.gitlab;
  const variables = {
    ...(body.services.length > 0 && { FF_NETWORK_PER_BUILD: "true" }),
    ...ciJobVariables(body.variables),
    ...body.expandedVariables,
  };
  const waits = body.waits.length > 0 ? [new YamlReference(WAIT_JOB, "script"), ...body.waits] : [];
  const seconds = Math.ceil(milliseconds(timeout) / 1000);
  return {
    stage,
    tags: filled(runner.tags),
    image: body.image,
    services: filled(body.services),
    needs: filled(needs.map((needed) => jobName(plan, needed))),
    timeout: timeout === GITLAB_TIMEOUT ? undefined : spaced(goDuration(`${seconds}s`)),
    variables: filled(variables),
    cache: filled(body.cache),
    before_script: filled([...waits, ...body.before]),
    script: body.script,
    after_script: filled(body.cleanup),
    allow_failure: allowedExitCodes && { exit_codes: allowedExitCodes },
    artifacts: variablesFile === undefined ? undefined : { reports: { dotenv: variablesFile } },
  };
}

/** GitLab's default: https://docs.gitlab.com/ci/pipelines/settings/#set-a-limit-for-how-long-jobs-can-run */
const GITLAB_TIMEOUT = "1h";

/** A duration with spaces between its units, as GitLab requires: `1h 30m`. */
function spaced(duration: string): string {
  return duration.replace(/(?<=[a-z])(?=\d)/g, " ");
}
