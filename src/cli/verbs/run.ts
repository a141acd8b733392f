import type { DockerHost } from "../../docker/host.ts";
import { lossesOf } from "../../losses/losses.ts";
import type { Sandbox } from "../../model/declaration/sandbox.ts";
import { isActive } from "../../model/plan/active.ts";
import type { Plan, PlannedJob } from "../../model/plan/plan.ts";
import { plan as planSandbox } from "../../model/plan/plan-sandbox.ts";
import { servingHost } from "../../model/plan/serve-host.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { renderText } from "../../model/text.ts";
import { SETTINGS_NAMESPACE, type StackSettings } from "../../stacks/stack-settings.ts";
import { type Progress, withProgress } from "../../terminal/progress.ts";
import { removeAbandonedSandboxes } from "../clean-up/remove-abandoned-sandboxes.ts";
import { freshOnDocker } from "../jobs/fresh-on-docker.ts";
import { type FreshStart, withFreshSandbox } from "../jobs/fresh-sandbox.ts";
import { jobOrder } from "../jobs/job-order.ts";
import type { WithSite } from "../jobs/job-site.ts";
import { requirePredefined } from "../jobs/job-variables.ts";
import { requireProgram, runCommand } from "../jobs/run-command.ts";
import { activeJobs, runJobs } from "../jobs/run-jobs.ts";
import { stackSites } from "../jobs/stack-sites.ts";
import { warnOfStoppedServices } from "../jobs/warn-of-stopped-services.ts";
import { joinVariables, reachableAt, requireReachable } from "../stack/reachable-services.ts";
import { unknownSandbox } from "../workspace/declared-list.ts";
import { openProject, type Project, type Target } from "../workspace/project.ts";
import { requireProfiles } from "../workspace/require-profiles.ts";
import { inEngineWorkspace, inWorkspace, isInCluster } from "../workspace/workspace.ts";

/** The options of `nestbox run`, which its help describes. */
export interface RunOptions {
  readonly sandbox?: string | undefined;
  readonly job?: string | undefined;
  /** A command of this machine, instead of jobs. */
  readonly command?: readonly string[] | undefined;
  readonly fresh?: boolean;
  readonly target?: StackSettings["target"];
  readonly context?: string;
  readonly component?: string;
  /** The active profiles of a sandbox that is started. */
  readonly profile?: readonly string[];
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
  if (options.context !== undefined)
    throw new ConfigurationError(
      "--context: names a Kubernetes cluster; add --target kubernetes, or leave it out",
    );
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
  const { profile: profiles } = options;
  if (profiles !== undefined) requireProfiles(sandbox, profiles);
  const active = profiles?.includes("all") ? "all" : (profiles ?? project.settings.profiles);
  const plan = planSandbox(sandbox, { profiles: active });
  return { sandbox, plan: options.command === undefined ? plan : servingHost(plan) };
}

/** @throws ConfigurationError for an unknown sandbox, and for one outside the stack */
function chooseUp(project: Project, options: RunOptions): Chosen {
  const sandbox = chosenSandbox(project, options);
  if (options.profile !== undefined)
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

async function runFresh(start: FreshStart, chosen: Chosen, options: RunOptions): Promise<number> {
  const work = chosenWork(start.progress, chosen, options);
  requirePredefined(work.plan, work.jobs, process.env);
  printLosses(start, work.jobs);
  return withFreshSandbox(start, (site) => runIn((_, useSite) => useSite(site), work));
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
  return withProgress((progress) =>
    runFresh(freshInCluster(project, chosen.plan, progress, options.context), chosen, options),
  );
}

function runStack(project: Project, options: RunOptions): Promise<number> {
  if (options.target !== undefined || options.context !== undefined)
    throw new ConfigurationError(
      `--target, --context: stack ${project.stack} is where its settings say; add --fresh, or leave them out`,
    );
  const chosen = chooseUp(project, options);
  const needs = { pulumi: true, plans: () => [chosen.plan] };
  return inWorkspace(project, needs, async (workspace) => {
    const work = chosenWork(workspace.progress, chosen, options);
    await removeAbandonedSandboxes(workspace);
    const withSite = stackSites(workspace, { plan: work.plan, component: options.component });
    return runIn(withSite, work, isInCluster(workspace) ? undefined : workspace.engine);
  });
}

/** What runs in a sandbox. */
interface Work extends Chosen {
  readonly progress: Progress;
  /** Empty for a command. */
  readonly jobs: readonly PlannedJob[];
  readonly command: readonly string[] | undefined;
}

/** @throws ConfigurationError for a command that this machine lacks, and as {@link chosenJobs} does */
function chosenWork(progress: Progress, chosen: Chosen, options: RunOptions): Work {
  const { command } = options;
  if (command !== undefined) requireProgram(command);
  const jobs = command === undefined ? chosenJobs(progress, chosen.plan, options) : [];
  return { ...chosen, progress, jobs, command };
}

/**
 * Runs jobs, or a command of this machine with the variables by which clients reach the services.
 * @param engine of the services; it may be on another machine. Default: their ports are on this one
 */
function runIn(withSite: WithSite, work: Work, engine?: DockerHost): Promise<number> {
  const { progress, sandbox, plan, jobs, command } = work;
  if (command === undefined) return runJobs(progress, plan, jobs, withSite);
  const networks = plan.networks.map(({ key }) => key);
  return withSite(networks, async (site) => {
    const services = reachableAt(sandbox, await site.reach());
    if (engine !== undefined) requireReachable(engine, services);
    const variables = Object.entries(joinVariables(services)).map(
      ([name, value]) => [name, renderText(value, (secret) => site.secrets[secret] ?? "")] as const,
    );
    const exitCode = await runCommand(command, Object.fromEntries(variables), site.lost);
    if (exitCode !== 0) await warnOfStoppedServices(progress, plan, site);
    return exitCode;
  });
}

/**
 * The jobs to run, in their order.
 * @throws ConfigurationError for an unknown or inactive job
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
  const inactive = jobs.find((job) => !isActive(job, plan.profiles));
  if (inactive === undefined) return jobs;
  throw new ConfigurationError(
    `${plan.sandbox}.jobs.${inactive.key}: profile ${inactive.profiles.join(" or ")} is not active; ` +
      `add it to ${SETTINGS_NAMESPACE}:profiles, then run nestbox up, or use --fresh --profile`,
  );
}
