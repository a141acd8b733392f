import path from "node:path";
import { nameBuildsOf } from "../../images/name-builds.ts";
import { lossesOf } from "../../losses/losses.ts";
import type { Sandbox } from "../../model/declaration/sandbox.ts";
import { isActive } from "../../model/plan/active.ts";
import { jobNamed } from "../../model/plan/job-named.ts";
import type { Plan, PlannedJob } from "../../model/plan/plan.ts";
import { plan as planSandbox } from "../../model/plan/plan-sandbox.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { renderValue } from "../../model/text.ts";
import { removeAbandonedSandboxes } from "../../operations/clean-up/remove-abandoned-sandboxes.ts";
import { startSandbox } from "../../operations/start-sandbox.ts";
import { hasParts, planInUse, sandboxInUse } from "../../operations/use-sandbox.ts";
import { withForks } from "../../operations/with-forks.ts";
import { chosenSandbox } from "../../project/chosen-sandboxes.ts";
import { placedInside, placedOn } from "../../project/places.ts";
import { openProject, type Project, type StackChoice } from "../../project/project.ts";
import { requireProfiles } from "../../project/require-profiles.ts";
import { explained, inWorkspace, type Workspace } from "../../project/workspace.ts";
import type { Invocation } from "../../sandbox/invocation.ts";
import { jobOrder } from "../../sandbox/jobs/job-order.ts";
import { requirePredefined } from "../../sandbox/jobs/job-variables.ts";
import { junitReport, type ReportedJob } from "../../sandbox/jobs/junit-report.ts";
import { ARTIFACTS_FOLDER } from "../../sandbox/jobs/keep-artifacts.ts";
import { requireProgram, runCommand } from "../../sandbox/jobs/run-command.ts";
import { activeJobs, type JobsToRun, runJobs, type WithSandbox } from "../../sandbox/jobs/run-jobs.ts";
import { joinVariables, reachableServices } from "../../sandbox/reachable-services.ts";
import { requireJobFolders } from "../../sandbox/require-project-files.ts";
import { warnOfStoppedServices } from "../../sandbox/warn-of-stopped-services.ts";
import { SETTINGS_NAMESPACE } from "../../stacks/stack-settings.ts";
import { timed, timingsAbout, timingsOf } from "../../timings/timings.ts";
import { answerText } from "../answers/answer-text.ts";
import type { RunAnswer } from "../answers/answers.ts";
import { untilInterrupted } from "../until-interrupted.ts";
import { withTimings } from "../with-timings.ts";
import { writeNamedFile } from "../write-named-file.ts";

/** The options of `nestbox run`, which its help describes. */
export interface RunOptions {
  readonly sandbox?: string | undefined;
  readonly job?: string | undefined;
  /** A command of this machine, instead of jobs. */
  readonly command?: readonly string[] | undefined;
  /** Whether to run the jobs of all sandboxes that have some. */
  readonly all?: boolean;
  readonly fresh?: boolean;
  /** With a command: the services of which it gets forks. */
  readonly fork?: readonly string[];
  readonly target?: string;
  readonly context?: string;
  readonly namespace?: string;
  readonly component?: string;
  /** The active profiles of a sandbox that is started. */
  readonly profile?: readonly string[];
  /** The folder that gets the artifacts of the jobs. @default .nestbox/artifacts in the project */
  readonly artifacts?: string;
  /** A file that gets the ends of the jobs, in JUnit's format. @default none */
  readonly report?: string;
  /** Whether to print the end as JSON. Jobs and the command then write to the standard error. */
  readonly json?: boolean;
  /** Whether to print what takes how long, or a JSON file that gets it as a trace. @default neither */
  readonly timings?: boolean | string;
}

/** Options with what all runs of the command share. */
type RunRequest = RunOptions & Pick<JobsToRun, "artifacts" | "ended">;

/**
 * `nestbox run`: runs a sandbox's active jobs, one job after the jobs that it needs, or a command of this
 * machine. The sandbox is one that is up, or one that is started for the command and removed. The first
 * failure ends the run.
 * @returns the exit code of the failed job or of the command, otherwise 0
 */
export async function run(choice: StackChoice, options: RunOptions, invocation: Invocation): Promise<number> {
  const command = { name: "nestbox run", wanted: options.timings };
  return withTimings(command, invocation, (recorded) => runRecorded(choice, options, recorded));
}

async function runRecorded(
  choice: StackChoice,
  options: RunOptions,
  invocation: Invocation,
): Promise<number> {
  const sandboxes = options.sandbox === undefined ? [] : [options.sandbox];
  const project = await timed(invocation.timings, { part: "declarations", step: "read" }, () =>
    openProject(choice, { sandboxes }),
  );
  const artifacts = path.resolve(options.artifacts ?? path.join(project.folder, ARTIFACTS_FOLDER));
  const jobs: ReportedJob[] = [];
  const request = { ...options, artifacts, ended: (job: ReportedJob) => jobs.push(job) };
  const { stdout, stderr } = invocation;
  const inside = options.json === true ? { ...invocation, stdout: stderr } : invocation;
  try {
    const exitCode = await (options.all === true ? runAll : runOne)(project, request, inside);
    if (options.json === true)
      stdout.write(answerText<RunAnswer>({ exitCode, jobs, ...nextAfter(exitCode, jobs, project) }));
    return exitCode;
  } finally {
    if (options.report !== undefined) await writeNamedFile("--report", options.report, junitReport(jobs));
  }
}

/** What shows the services that a failed job has used. */
function nextAfter(
  exitCode: number,
  jobs: readonly ReportedJob[],
  { hasStacks }: Project,
): Pick<RunAnswer, "next"> {
  const sandbox = jobs.at(-1)?.sandbox;
  if (exitCode === 0 || sandbox === undefined) return {};
  const up = hasStacks ? "npx nestbox up --json" : `npx nestbox up ${sandbox} --json`;
  return { next: [up, `npx nestbox logs ${sandbox} --tail 50 --json`] };
}

/** Runs the jobs of each sandbox, until the first failure. */
async function runAll(project: Project, options: RunRequest, invocation: Invocation): Promise<number> {
  if (options.sandbox !== undefined || options.command !== undefined)
    throw new ConfigurationError("--all: runs the jobs of all sandboxes; leave it out to name one");
  for (const { sandbox, jobs } of project.plans) {
    const timings = timingsOf(invocation.timings, sandbox);
    const exitCode =
      jobs.length > 0 ? await runOne(project, { ...options, sandbox }, { ...invocation, timings }) : 0;
    if (exitCode !== 0) return exitCode;
  }
  return 0;
}

async function runOne(project: Project, options: RunRequest, given: Invocation): Promise<number> {
  const { target = project.settings.target } = options;
  const subject = { sandbox: chosenSandbox(project, options.sandbox).name, target };
  const invocation = { ...given, timings: timingsAbout(given.timings, subject) };
  if (options.fresh === true) return runFresh(project, options, invocation);
  if (project.hasStacks) return runOnStack(project, options, invocation);
  const names = ["profile", "target", "context", "namespace"] as const;
  const isNamed = names.some((name) => options[name] !== undefined);
  return isNamed ? runFresh(project, options, invocation) : runUpOrFresh(project, options, invocation);
}

/** What runs in a sandbox: jobs, or a command, for which there are none. */
interface Work extends JobsToRun {
  readonly sandbox: Sandbox;
  readonly command: readonly string[] | undefined;
  /** The services of which the command gets forks. */
  readonly forks: readonly string[];
  /** The stream of this process that gets the output of the command. */
  readonly output: "stdout" | "stderr";
}

/** @param opened a workspace of the project whose machine is set up for the sandbox. @default a new one */
async function runFresh(
  project: Project,
  options: RunRequest,
  invocation: Invocation,
  opened?: Workspace,
): Promise<number> {
  if (options.component !== undefined)
    throw new ConfigurationError(
      "--component: names a part of a stack, which this run does not use; leave it out",
    );
  const sandbox = chosenSandbox(project, options.sandbox);
  const { profile: profiles, command } = options;
  if (profiles !== undefined) requireProfiles(sandbox, profiles);
  const active = profiles?.includes("all") ? "all" : (profiles ?? project.settings.profiles);
  const planned = planSandbox(sandbox, { profiles: active, disposable: true });
  const plan = nameBuildsOf(planned, project.folder);
  const work = chosenWork(invocation, sandbox, plan, options);
  await requireJobFolders(work.jobs, project.folder);
  const onTarget = options.target === undefined ? project : placedOn(project, options.target);
  const { namespace } = options;
  const placed = namespace === undefined ? onTarget : await placedInside(onTarget, namespace, invocation);
  requirePredefined(work.plan, work.jobs, invocation.environment);
  await printLosses(placed, work, invocation);
  const { context } = options;
  return untilInterrupted(invocation, async (signal) => {
    const request = { project: placed, plan: work.plan, context, serves: command !== undefined, signal };
    const { sandbox: started, workspace } = await startSandbox(request, invocation, opened);
    const { progress, timings } = workspace;
    const remove = () => timed(timings, { part: "sandbox", step: "remove" }, started.remove);
    try {
      return await explained(workspace, () => runIn((_, use) => use(started), work, workspace));
    } finally {
      await progress
        .step(`remove ${sandbox.name}`, remove)
        .catch((error: Error) => progress.warn((workspace.place.explain(error) as Error).message));
    }
  });
}

/** Prints what the place does otherwise than declared. */
async function printLosses(
  { settings }: Project,
  { plan, jobs }: Work,
  { targets, progress }: Invocation,
): Promise<void> {
  const target = await targets.find(({ name }) => name === settings.target)?.load();
  if (target === undefined) return;
  const { services } = plan;
  for (const { path, instead } of lossesOf(target.losses[0], plan, { services, jobs }))
    progress.warn(`${path}: ${instead}`);
}

/** Runs in a sandbox that is up without a stack, else in one that is started for the command. */
async function runUpOrFresh(project: Project, options: RunRequest, invocation: Invocation): Promise<number> {
  const sandbox = chosenSandbox(project, options.sandbox);
  const plan = nameBuildsOf(planInUse({ project }, sandbox), project.folder);
  return inWorkspace(project, { plans: () => [plan] }, invocation, async (workspace) => {
    const isUp = () => hasParts(workspace, sandbox.name);
    if (await isUp()) await removeAbandonedSandboxes(workspace);
    if (!(await isUp())) return runFresh(project, options, invocation, workspace);
    const { progress } = workspace;
    progress.print(`… sandbox ${sandbox.name}: is up, so this runs in it; add --fresh to start another`);
    return runInUse(workspace, chosenWork(workspace, sandbox, plan, options), options);
  });
}

/** @throws ConfigurationError for a sandbox that the stack does not have, and for options of a start */
function runOnStack(project: Project, options: RunRequest, invocation: Invocation): Promise<number> {
  const names = ["target", "context", "namespace"] as const;
  const named = names.find((name) => options[name] !== undefined);
  if (named !== undefined)
    throw new ConfigurationError(
      `--${named}: stack ${project.stack} is where its settings say; add --fresh, or leave it out`,
    );
  const sandbox = chosenSandbox(project, options.sandbox);
  if (options.profile !== undefined)
    throw new ConfigurationError(
      `--profile: stack ${project.stack} has the profiles of its settings; add --fresh, or leave it out`,
    );
  const plan = nameBuildsOf(planInUse({ project }, sandbox), project.folder);
  return inWorkspace(project, { plans: () => [plan] }, invocation, async (workspace) => {
    const work = chosenWork(workspace, sandbox, plan, options);
    await requireJobFolders(work.jobs, project.folder);
    await removeAbandonedSandboxes(workspace);
    return runInUse(workspace, work, options);
  });
}

function runInUse(workspace: Workspace, work: Work, { component }: RunOptions): Promise<number> {
  return runIn(sandboxInUse(workspace, { plan: work.plan, component }), work, workspace);
}

/** @throws ConfigurationError for a command that this machine lacks, and as {@link chosenJobs} does */
function chosenWork(invocation: Invocation, sandbox: Sandbox, plan: Plan, options: RunRequest): Work {
  const { command, artifacts, ended } = options;
  if (command !== undefined) requireProgram(command, invocation.environment);
  const jobs = command === undefined ? chosenJobs(invocation, plan, options) : [];
  const { fork: forks = [], json = false } = options;
  const output = json ? ("stderr" as const) : ("stdout" as const);
  const work = { sandbox, plan, jobs, command, forks, output, artifacts, ...(ended && { ended }) };
  if (command === undefined && forks.length > 0)
    throw new ConfigurationError("--fork: is for a command of this machine; write it after --");
  const unknown = forks.find((name) => !plan.services.some(({ key }) => key === name));
  if (unknown === undefined) return work;
  throw new ConfigurationError(
    `--fork: no service "${unknown}" in sandbox "${sandbox.name}"; ` +
      `it has ${plan.services.map(({ key }) => key).join(", ")}`,
  );
}

/** Runs jobs, or a command of this machine with the variables by which clients reach the services. */
function runIn(withSandbox: WithSandbox, work: Work, workspace: Workspace): Promise<number> {
  const { sandbox: declared, plan, command, forks, output } = work;
  const { docker } = workspace.ready;
  if (docker?.origin !== undefined) workspace.progress.print(`… engine: ${docker.host} (${docker.origin})`);
  if (command === undefined) return runJobs(workspace, work, withSandbox);
  const networks = plan.networks.map(({ key }) => key);
  return withSandbox(networks, async (sandbox) => {
    const { timings } = workspace;
    const addressOf = await timed(timings, { part: "ports", step: "reach" }, sandbox.reach);
    const secretValue = (secret: string) => sandbox.secrets[secret] ?? "";
    const variables = renderValue(joinVariables(reachableServices(declared, addressOf)), secretValue);
    const signal = sandbox.lost;
    const forking = { declared, plan, sandbox, workspace, addressOf, secretValue, signal };
    const start = performance.now();
    const exitCode = await withForks(forking, forks, (ofForks) => {
      if (forks.length > 0) timings?.add({ part: "forks", step: "create", start, end: performance.now() });
      const environment = { ...workspace.environment, ...variables, ...ofForks };
      return timed(timings, { part: "command", step: "run" }, () =>
        runCommand(command, environment, sandbox.lost, workspace, output),
      );
    });
    if (exitCode !== 0) await warnOfStoppedServices(workspace.progress, sandbox);
    return exitCode;
  });
}

/**
 * The jobs to run, in their order.
 * @throws ConfigurationError for an unknown or inactive job
 */
function chosenJobs({ progress }: Invocation, plan: Plan, { job: name }: RunOptions): readonly PlannedJob[] {
  if (plan.jobs.length === 0)
    throw new ConfigurationError(
      `${plan.sandbox}.jobs: the sandbox has no jobs; declare one, or name a command: -- COMMAND`,
    );
  if (name === undefined) return activeJobs(progress, plan);
  const jobs = jobOrder(plan.jobs, jobNamed(plan, name).key);
  const inactive = jobs.find((job) => !isActive(job, plan.profiles));
  if (inactive === undefined) return jobs;
  throw new ConfigurationError(
    `${plan.sandbox}.jobs.${inactive.key}: profile ${inactive.profiles.join(" or ")} is not active; ` +
      `add it to ${SETTINGS_NAMESPACE}:profiles, then run nestbox up, or use --fresh --profile`,
  );
}
