import { allLossesOf, type Loss } from "../../losses/losses.ts";
import type { LossTable } from "../../losses/support.ts";
import { problem, problemsAt } from "../../model/check-values.ts";
import { goDuration, milliseconds } from "../../model/duration.ts";
import { isActive } from "../../model/plan/active.ts";
import type { Plan, PlannedJob } from "../../model/plan/plan.ts";
import { type Problem, requireNone } from "../../model/problem.ts";
import { type Runner, runsInCluster, runsOnEngine } from "../../model/runner/runner.ts";
import { filled, YamlReference, type YamlValue } from "../../text/yaml.ts";
import { artifactsEntry } from "./artifacts-entry.ts";
import { clusterJob } from "./cluster-job.ts";
import { GITLAB_CLUSTER } from "./cluster-support.ts";
import { composeJob } from "./compose-job.ts";
import { GITLAB_COMPOSE, GITLAB_SERVICES } from "./gitlab-support.ts";
import { type JobOnRunner, jobOnRunner } from "./job-on-runner.ts";
import type { JobBody, JobToEmit } from "./job-to-emit.ts";
import { overrideJob } from "./override-job.ts";
import { GITLAB_PODS } from "./pod-support.ts";
import { type PushedImage, pushedImages, withImageVariables } from "./pushed-images.ts";
import { servicesJob } from "./services-job.ts";
import { ciJobVariables, variableProblem } from "./variables.ts";

/** The hidden job with the shell functions by which the file's jobs wait for services. */
export const WAIT_JOB = ".nestbox-wait";

export interface GitLabJob {
  readonly name: string;
  readonly entry: Readonly<Record<string, YamlValue | undefined>>;
  /** Whether the job uses the functions of {@link WAIT_JOB}. */
  readonly waits: boolean;
  /** The images that other jobs push for it. */
  readonly images: readonly PushedImage[];
  /** The losses of the job, its services and the sandbox, with those of default values. */
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
  const chosen = jobOnRunner(toEmit, runners);
  const isByServices = chosen.strategy === "services" || chosen.strategy === "docker-in-docker";
  const images = isByServices ? pushedImages(toEmit) : [];
  const body = jobBody(isByServices ? withImageVariables(toEmit) : toEmit, chosen, composePath);
  return {
    name: jobName(plan, job.key),
    entry: overrideJob(`${plan.sandbox}.jobs.${job.key}`, job, jobEntry(toEmit, chosen, body, images)),
    waits: body.waits.length > 0,
    images,
    losses: allLossesOf(lossTable(chosen), plan, { services, jobs: [job] }),
  };
}

function jobBody(toEmit: JobToEmit, { runner, strategy }: JobOnRunner, composePath: string): JobBody {
  if (strategy === "compose") return composeJob(toEmit, runner, composePath);
  return strategy === "cluster" ? clusterJob(toEmit, runner) : servicesJob(toEmit, runner);
}

function lossTable({ runner, strategy }: JobOnRunner): LossTable {
  if (strategy === "compose") return GITLAB_COMPOSE;
  if (strategy === "cluster") return GITLAB_CLUSTER;
  return runsInCluster(runner) ? GITLAB_PODS : GITLAB_SERVICES;
}

/** The name of a sandbox's job, unique in the project. */
export function jobName({ sandbox }: Plan, key: string): string {
  return `${sandbox}:${key}`;
}

/** The name of the job that builds and pushes an image. No other job has it: their keys have no colon. */
export function imageJobName({ sandbox }: Plan, { name }: PushedImage): string {
  return `${sandbox}:image:${name}`;
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

/** Rules may leave a job out, and GitLab refuses a pipeline with a job that needs an absent one. */
function neededJob(plan: Plan, key: string) {
  const { rules = [] } = plan.jobs.find((job) => job.key === key)?.gitlab ?? {};
  const job = jobName(plan, key);
  return rules.length === 0 ? job : { job, optional: true };
}

/** @param images those that other jobs push for it. @default none */
export function jobEntry(
  { plan, job, folder = "" }: JobToEmit,
  { runner, strategy }: JobOnRunner,
  body: JobBody,
  images: readonly PushedImage[] = [],
): GitLabJob["entry"] {
  const { needs, timeout } = job;
  const { stage = "test", allowedExitCodes, rules, retry, interruptible, ...others } = job.gitlab;
  const { coverage, environment, resourceGroup } = others;
  const variables = {
    ...(body.services.length > 0 && runsOnEngine(runner) && { FF_NETWORK_PER_BUILD: "true" }),
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
    needs: filled([
      ...images.map((image) => imageJobName(plan, image)),
      ...needs.map((needed) => neededJob(plan, needed)),
    ]),
    timeout: timeout === GITLAB_TIMEOUT ? undefined : spaced(goDuration(`${seconds}s`)),
    variables: filled(variables),
    cache: filled(body.cache),
    before_script: filled([...waits, ...body.before]),
    script: body.script,
    after_script: filled(body.cleanup),
    allow_failure: allowedExitCodes && { exit_codes: allowedExitCodes },
    // A cluster keeps no files of a job.
    artifacts: strategy === "cluster" ? undefined : artifactsEntry(job, folder),
    rules: rules?.map(({ allowFailure, ...rule }) => ({ ...rule, allow_failure: allowFailure })),
    retry,
    interruptible,
    coverage,
    environment,
    resource_group: resourceGroup,
  };
}

/** GitLab's default: https://docs.gitlab.com/ci/pipelines/settings/#set-a-limit-for-how-long-jobs-can-run */
const GITLAB_TIMEOUT = "1h";

/** A duration with spaces between its units, as GitLab requires: `1h 30m`. */
function spaced(duration: string): string {
  return duration.replace(/(?<=[a-z])(?=\d)/g, " ");
}
