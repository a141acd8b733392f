import path from "node:path";
import type { Environment } from "../../machine/environment.ts";
import { EXIT_INTERRUPTED, EXIT_TIMED_OUT } from "../../machine/exit-codes.ts";
import { isActive } from "../../model/plan/active.ts";
import type { Plan, PlannedJob } from "../../model/plan/plan.ts";
import { readVariablesFile } from "../../model/plan/variables-file.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { colors } from "../../terminal/colors.ts";
import { type Progress, stepLine } from "../../terminal/progress.ts";
import { type Invocation, interruptible } from "../invocation.ts";
import { type JobEnd, succeeded } from "../job-end.ts";
import type { JobRun, RunningSandbox } from "../running-sandbox.ts";
import { warnOfStoppedServices } from "../warn-of-stopped-services.ts";
import { jobOrder } from "./job-order.ts";
import { jobImage, jobVariables, requirePredefined, type Variables } from "./job-variables.ts";
import type { ReportedJob } from "./junit-report.ts";
import { emptyArtifacts, keepArtifacts } from "./keep-artifacts.ts";
import { timedCommands } from "./timed-commands.ts";

/**
 * Works with a running sandbox: with one of a stack, or one that was started for the command.
 * @param networks the keys of the networks that the work needs
 */
export type WithSandbox = <Result>(
  networks: readonly string[],
  work: (sandbox: RunningSandbox) => Promise<Result>,
) => Promise<Result>;

/** The active jobs of a sandbox in their order. Prints those that are skipped. */
export function activeJobs(progress: Progress, plan: Plan): readonly PlannedJob[] {
  for (const job of plan.jobs.filter((candidate) => !isActive(candidate, plan.profiles))) {
    progress.print(
      `… ${plan.sandbox} ${job.key}: skipped; profile ${job.profiles.join(" or ")} is not active`,
    );
  }
  return jobOrder(plan.jobs).filter((job) => isActive(job, plan.profiles));
}

export interface JobsToRun {
  readonly plan: Plan;
  readonly jobs: readonly PlannedJob[];
  /** The folder that gets their artifacts, in a folder for each sandbox and in it one for each job. */
  readonly artifacts: string;
  /** Called at the end of each job. @default nothing */
  readonly ended?: (job: ReportedJob) => void;
}

/**
 * Runs jobs of a sandbox one after the other, until one fails. Prints their progress.
 * @returns the exit code of the failed job, otherwise 0
 * @throws ConfigurationError if the sandbox is not up, the image of a job cannot be pulled, or its file of
 * variables is not there; LeaseLost if another process has removed a job
 */
export async function runJobs(
  invocation: Invocation,
  { plan, jobs, artifacts, ended: report }: JobsToRun,
  withSandbox: WithSandbox,
): Promise<number> {
  const { environment, progress } = invocation;
  requirePredefined(plan, jobs, environment);
  const passed = new Map<string, Variables>();
  for (const job of jobs) {
    const place = `${plan.sandbox}.jobs.${job.key}`;
    const run = {
      ...runOf(place, job, environment, passed),
      ...(await artifactsOf(plan.sandbox, job, artifacts, progress)),
    };
    const end = await withSandbox(job.networks, async (sandbox) => {
      const ended = await runIn(sandbox, invocation, job, run, report);
      if (ended.kind !== "interrupted" && exitCodeOf(ended) !== 0)
        await warnOfStoppedServices(progress, sandbox);
      return ended;
    });
    const exitCode = exitCodeOf(end);
    if (exitCode !== 0) return exitCode;
    if (job.variablesFile !== undefined)
      passed.set(job.key, variablesOf(`${place}.variablesFile`, job.variablesFile, end));
  }
  return 0;
}

/** The image and variables of a run, which earlier jobs may set. */
function runOf(
  place: string,
  job: PlannedJob,
  environment: Environment,
  passed: ReadonlyMap<string, Variables>,
): Required<Pick<JobRun, "image" | "variables">> {
  const variables = jobVariables(job, environment, passed);
  return { image: jobImage(`${place}.image`, job.image, variables), variables };
}

async function artifactsOf(
  sandbox: string,
  { key, artifacts }: PlannedJob,
  folder: string,
  progress: Progress,
): Promise<Pick<JobRun, "keepArtifacts">> {
  if (artifacts === undefined) return {};
  const ofSandbox = path.join(folder, sandbox);
  await emptyArtifacts(ofSandbox, key);
  return {
    keepArtifacts: keepArtifacts(artifacts, path.join(ofSandbox, key), `${sandbox} ${key}`, progress),
  };
}

/** Runs a job in a sandbox, and prints its start and end. */
function runIn(
  sandbox: RunningSandbox,
  invocation: Invocation,
  job: PlannedJob,
  run: Pick<JobRun, "image" | "variables" | "keepArtifacts">,
  report: JobsToRun["ended"],
): Promise<JobEnd> {
  const { stderr, progress, timings } = invocation;
  const { stdout, commandsEnded } = timings
    ? timedCommands(job, invocation.stdout, timings)
    : { stdout: invocation.stdout, commandsEnded: () => {} };
  const name = `${sandbox.plan.sandbox} ${job.key}`;
  const started = performance.now();
  progress.print(`${colors.cyan("▶")} ${name}`);
  return interruptible(invocation, async (interrupted) => {
    const signal = AbortSignal.any([interrupted, sandbox.lost]);
    const warn = (message: string) => progress.warn(`${name}: ${message}`);
    const end = await sandbox
      .run(job, { ...run, stdout, stderr, signal, progress, timings, commandsEnded, warn })
      .finally(commandsEnded)
      // Whoever took the lease has removed the job: its exit code says nothing.
      .finally(sandbox.confirm);
    const result = describeJobEnd(end, job);
    const mark = succeeded(end) ? colors.green("✓") : colors.red("✗");
    progress.print(`${mark} ${stepLine(name, started, result)}`);
    const seconds = (performance.now() - started) / 1000;
    const failure = succeeded(end) ? {} : { failure: result };
    report?.({ sandbox: sandbox.plan.sandbox, job: job.key, seconds, ...failure });
    return end;
  });
}

/** @throws ConfigurationError for a file that is missing or that GitLab would refuse */
function variablesOf(place: string, file: string, end: JobEnd): Variables {
  const content = end.kind === "exited" ? end.variables : undefined;
  if (content !== undefined) return readVariablesFile(place, content);
  throw new ConfigurationError(
    `${place}: the job did not write the file; write it to "$CI_PROJECT_DIR/${file}"`,
  );
}

/** The exit code of `nestbox run` for the end of a job. */
function exitCodeOf(end: JobEnd): number {
  if (end.kind === "exited") return end.exitCode;
  return end.kind === "interrupted" ? EXIT_INTERRUPTED : EXIT_TIMED_OUT;
}

/** The end of a job in words, with a remedy for a timeout. */
function describeJobEnd(end: JobEnd, job: PlannedJob): string {
  if (end.kind === "interrupted") return "interrupted";
  if (end.kind === "timed out")
    return `took longer than ${job.timeout}; raise its timeout or shorten the job`;
  return end.exitCode === 0 ? "passed" : `failed with exit code ${end.exitCode}`;
}
