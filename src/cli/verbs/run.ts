import { lossesOf } from "../../losses/losses.ts";
import type { Sandbox } from "../../model/declaration/sandbox.ts";
import { isActive } from "../../model/plan/active.ts";
import type { Plan, PlannedJob } from "../../model/plan/plan.ts";
import { plan as planSandbox } from "../../model/plan/plan-sandbox.ts";
import { servingHost } from "../../model/plan/serve-host.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { renderText } from "../../model/text.ts";
import { SETTINGS_NAMESPACE, type StackSettings } from "../../stacks/stack-settings.ts";
import { createProgress, type Progress } from "../../terminal/progress.ts";
import { removeAbandonedSandboxes } from "../clean-up/remove-abandoned-sandboxes.ts";
import { freshOnDocker } from "../jobs/fresh-on-docker.ts";
import { type FreshStart, withFreshSandbox } from "../jobs/fresh-sandbox.ts";
import { jobOrder } from "../jobs/job-order.ts";
import type { JobSite } from "../jobs/job-site.ts";
import { requirePredefined } from "../jobs/job-variables.ts";
import { requireProgram, runCommand } from "../jobs/run-command.ts";
import { activeJobs, runJobs } from "../jobs/run-jobs.ts";
import { stackSites } from "../jobs/stack-sites.ts";
import {
  joinVariables,
  type ReachableService,
  reachableAt,
  requireReachable,
} from "../stack/reachable-services.ts";
import { unknownSandbox } from "../workspace/declared-list.ts";
import { openProject, type Project, type Target } from "../workspace/project.ts";
import { requireProfiles } from "../workspace/require-profiles.ts";
import { inEngineWorkspace, inWorkspace, isInCluster, type Workspace } from "../workspace/workspace.ts";

export interface RunOptions {
  /** The sandbox. @default the only one of the project */
  readonly sandbox?: string | undefined;
  /** The job, after those that it needs. @default all active jobs */
  readonly job?: string | undefined;
  /** A command of this machine, instead of jobs. */
  readonly command?: readonly string[] | undefined;
  /** Start a sandbox for this command alone. @default only in a project without stacks */
  readonly fresh?: boolean;
  /** Where a sandbox is started. @default that of the settings */
  readonly target?: StackSettings["target"] | undefined;
  /** The context of the kubeconfig, for a cluster. @default that of the settings */
  readonly context?: string | undefined;
  /** The component of the stack that has the sandbox. @default that of its name, else the only one */
  readonly component?: string | undefined;
  /** The active profiles of a sandbox that is started. @default those of the settings */
  readonly profiles?: readonly string[];
}

/**
 * `nestbox run`: runs a sandbox's active jobs, one job after the jobs that it needs, or a command of this
 * machine. The sandbox is the stack's, or one that is started for the command and removed. The first failure
 * ends the run.
 * @returns the exit code of the failed job or of the command, otherwise 0
 */
export async function run(target: Target, options: RunOptions): Promise<number> {
  const project = await openProject(target);
  if (options.fresh !== true && project.hasStacks) return runStack(project, options);
  const chosen = chooseFresh(project, options);
  const place = options.target ?? project.settings.target;
  if (place === "kubernetes") return runInCluster(project, chosen, options);
  requireDocker(options);
  const needs = { pulumi: false, plans: () => [chosen.plan] };
  return inEngineWorkspace(project, needs, (workspace) => {
    if (options.command !== undefined) requireReachable(workspace.engine, []);
    return runFresh(freshOnDocker(workspace, chosen.plan), chosen, options);
  });
}

interface Chosen {
  readonly sandbox: Sandbox;
  readonly plan: Plan;
}

/** @throws ConfigurationError for an unknown sandbox or profile, and for a component */
function chooseFresh(project: Project, options: RunOptions): Chosen {
  if (options.component !== undefined)
    throw new ConfigurationError(
      "--component: names a part of a stack, which this run does not use; leave it out",
    );
  const sandbox = chosenSandbox(project, options);
  const { profiles } = options;
  if (profiles !== undefined) requireProfiles(sandbox, profiles);
  const active = profiles?.includes("all") ? "all" : (profiles ?? project.settings.profiles);
  const plan = planSandbox(sandbox, { profiles: active });
  return { sandbox, plan: options.command === undefined ? plan : servingHost(plan) };
}

/** @throws ConfigurationError for an unknown sandbox, and for one outside the stack */
function chooseUp(project: Project, options: RunOptions): Chosen {
  const sandbox = chosenSandbox(project, options);
  if (options.profiles !== undefined)
    throw new ConfigurationError(
      `--profile: stack ${project.stack} has the profiles of its settings; add --fresh, or leave it out`,
    );
  const plan = project.plans.find((planned) => planned.sandbox === sandbox.name);
  if (plan !== undefined) return { sandbox, plan };
  throw new ConfigurationError(
    `${project.settingsFile}: ${SETTINGS_NAMESPACE}:sandboxes does not list "${sandbox.name}"; ` +
      "add it, then run nestbox up, or add --fresh",
  );
}

function chosenSandbox({ declared, declaredIn }: Project, { sandbox: name }: RunOptions): Sandbox {
  const names = declared.map((sandbox) => sandbox.name);
  const [only, ...others] = declared;
  if (name === undefined && only !== undefined && others.length === 0) return only;
  if (name === undefined)
    throw new ConfigurationError(`SANDBOX: is missing; name one of ${names.join(", ") || "none"}`);
  const found = declared.find((sandbox) => sandbox.name === name);
  if (found === undefined) throw unknownSandbox(name, names, declaredIn);
  return found;
}

async function runFresh(start: FreshStart, { sandbox, plan }: Chosen, options: RunOptions): Promise<number> {
  const { command } = options;
  const { progress } = start;
  if (command !== undefined) {
    requireProgram(command);
    printLosses(start, []);
    return withFreshSandbox(start, async ({ site }) =>
      runAgainst(reachableAt(sandbox, await site.reach()), command, site),
    );
  }
  const jobs = chosenJobs(progress, plan, options);
  requirePredefined(plan, jobs, process.env);
  printLosses(start, jobs);
  return withFreshSandbox(start, ({ site }) => runJobs(progress, plan, jobs, (_, work) => work(site)));
}

/** Prints what the place does otherwise than declared. */
function printLosses({ target, plan, progress }: FreshStart, jobs: readonly PlannedJob[]): void {
  const { services } = plan;
  for (const { path, instead } of lossesOf(target, plan, { services, jobs }))
    progress.warn(`${path}: ${instead}`);
}

/** Runs in a cluster, which needs no set-up of this machine. */
async function runInCluster(project: Project, chosen: Chosen, options: RunOptions): Promise<number> {
  // Imported here: an engine needs none of it.
  const { freshInCluster } = await import("../jobs/fresh-in-cluster.ts");
  const progress = createProgress();
  const fresh = { project, plan: chosen.plan, progress, context: options.context };
  try {
    return await runFresh(freshInCluster(fresh), chosen, options);
  } finally {
    progress.close();
  }
}

/** @throws ConfigurationError for an option that only a cluster has */
function requireDocker({ context }: RunOptions): void {
  if (context === undefined) return;
  throw new ConfigurationError(
    "--context: names a Kubernetes cluster; add --target kubernetes, or leave it out",
  );
}

function runStack(project: Project, options: RunOptions): Promise<number> {
  if (options.target !== undefined || options.context !== undefined)
    throw new ConfigurationError(
      `--target, --context: stack ${project.stack} is where its settings say; add --fresh, or leave them out`,
    );
  const chosen = chooseUp(project, options);
  const needs = { pulumi: true, plans: () => [chosen.plan] };
  return inWorkspace(project, needs, (workspace) => runUp(workspace, chosen, options));
}

async function runUp(workspace: Workspace, { sandbox, plan }: Chosen, options: RunOptions): Promise<number> {
  const { command } = options;
  const { progress } = workspace;
  const jobs = command === undefined ? chosenJobs(progress, plan, options) : [];
  if (command !== undefined) requireProgram(command);
  await removeAbandonedSandboxes(workspace);
  const withSite = await stackSites(workspace, { plan, component: options.component });
  if (command === undefined) return runJobs(progress, plan, jobs, withSite);
  const networks = plan.networks.map(({ key }) => key);
  return withSite(networks, async (site) => {
    const services = reachableAt(sandbox, await site.reach());
    if (!isInCluster(workspace)) requireReachable(workspace.engine, services);
    return runAgainst(services, command, site);
  });
}

/** Runs a command of this machine with the variables by which clients reach the services. */
function runAgainst(
  services: readonly ReachableService[],
  command: readonly string[],
  { secrets, lost }: JobSite,
): Promise<number> {
  const variables = Object.entries(joinVariables(services)).map(
    ([name, value]) => [name, renderText(value, (secret) => secrets[secret] ?? "")] as const,
  );
  return runCommand(command, Object.fromEntries(variables), lost);
}

/**
 * The jobs to run, in their order.
 * @throws ConfigurationError for an unknown or inactive job, and for a variable of GitLab that is not set
 */
function chosenJobs(progress: Progress, plan: Plan, { job: name }: RunOptions): readonly PlannedJob[] {
  const names = plan.jobs.map(({ key }) => key);
  if (names.length === 0)
    throw new ConfigurationError(
      `${plan.sandbox}.jobs: the sandbox has no jobs; declare one, or name a command: -- COMMAND`,
    );
  if (name === undefined) return activeJobs(progress, plan);
  if (!names.includes(name))
    throw new ConfigurationError(`no job "${name}" in sandbox "${plan.sandbox}"; it has ${names.join(", ")}`);
  const jobs = jobOrder(plan.jobs, name);
  for (const job of jobs) requireActive(plan, job);
  return jobs;
}

function requireActive(plan: Plan, job: PlannedJob): void {
  if (isActive(job, plan.profiles)) return;
  const profiles = job.profiles.join(" or ");
  throw new ConfigurationError(
    `${plan.sandbox}.jobs.${job.key}: profile ${profiles} is not active; ` +
      `add it to ${SETTINGS_NAMESPACE}:profiles, then run nestbox up, or use --fresh --profile`,
  );
}
