import { readFacts } from "../../docker/facts.ts";
import type { Sandbox } from "../../model/declaration/sandbox.ts";
import { isActive } from "../../model/plan/active.ts";
import type { Plan, PlannedJob } from "../../model/plan/plan.ts";
import { plan as planSandbox } from "../../model/plan/plan-sandbox.ts";
import { servingHost } from "../../model/plan/serve-host.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { renderText } from "../../model/text.ts";
import { SETTINGS_NAMESPACE } from "../../stacks/stack-settings.ts";
import { removeAbandonedSandboxes } from "../clean-up/remove-abandoned-sandboxes.ts";
import { type FreshSandbox, withFreshSandbox } from "../jobs/fresh-sandbox.ts";
import { jobOrder } from "../jobs/job-order.ts";
import type { JobSite } from "../jobs/job-site.ts";
import { requirePredefined } from "../jobs/job-variables.ts";
import { requireProgram, runCommand } from "../jobs/run-command.ts";
import { activeJobs, runJobs } from "../jobs/run-jobs.ts";
import {
  joinVariables,
  type ReachableService,
  reachableAt,
  reachableServices,
  requireReachable,
} from "../stack/reachable-services.ts";
import type { Project, Target } from "../workspace/project.ts";
import { requireProfiles } from "../workspace/require-profiles.ts";
import { unknownSandbox } from "../workspace/unknown-sandbox.ts";
import { type Workspace, withWorkspace } from "../workspace/workspace.ts";

/** What `nestbox run` runs. */
export interface RunOptions {
  /** The sandbox. @default the only one of the project */
  readonly sandbox?: string | undefined;
  /** The job, after those that it needs. @default all active jobs */
  readonly job?: string | undefined;
  /** A command of this machine, instead of jobs. */
  readonly command?: readonly string[] | undefined;
  /** Start a sandbox for this command alone. @default only in a project without stacks */
  readonly fresh?: boolean;
  /** The active profiles of a sandbox that is started. @default those of the settings */
  readonly profiles?: readonly string[];
}

/**
 * `nestbox run`: runs a sandbox's active jobs, one job after the jobs that it needs, or a command of this
 * machine. The sandbox is the stack's, or one that is started for the command and removed. The first failure
 * ends the run.
 * @returns the exit code of the failed job or of the command, otherwise 0
 */
export function run(target: Target, options: RunOptions): Promise<number> {
  const isFresh = ({ hasStacks }: Project) => options.fresh === true || !hasStacks;
  const choose = (project: Project) =>
    isFresh(project) ? chooseFresh(project, options) : chooseUp(project, options);
  const needs = {
    pulumi: (project: Project) => !isFresh(project),
    plans: (project: Project) => [choose(project).plan],
  };
  return withWorkspace(target, needs, (workspace) => {
    const chosen = choose(workspace.project);
    return isFresh(workspace.project)
      ? runFresh(workspace, chosen, options)
      : runUp(workspace, chosen, options);
  });
}

/** A sandbox, and its plan. */
interface Chosen {
  readonly sandbox: Sandbox;
  readonly plan: Plan;
}

/** @throws ConfigurationError for an unknown sandbox or profile */
function chooseFresh(project: Project, options: RunOptions): Chosen {
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

async function runFresh(workspace: Workspace, chosen: Chosen, options: RunOptions): Promise<number> {
  const { sandbox, plan } = chosen;
  const { command } = options;
  if (command !== undefined) {
    const reachable = ({ started }: FreshSandbox) =>
      reachableAt(sandbox, (key, port) => started.services[key]?.published[port]);
    requireReachable(workspace.engine, []);
    requireProgram(command);
    return withFreshSandbox(workspace, plan, (fresh) => runAgainst(reachable(fresh), command, fresh.site));
  }
  const jobs = chosenJobs(workspace, plan, options);
  requirePredefined(plan, jobs, process.env);
  return withFreshSandbox(workspace, plan, ({ site }) =>
    runJobs(workspace, plan, jobs, (_, work) => work(site)),
  );
}

async function runUp(workspace: Workspace, { sandbox, plan }: Chosen, options: RunOptions): Promise<number> {
  const { command } = options;
  const jobs = command === undefined ? chosenJobs(workspace, plan, options) : [];
  if (command !== undefined) requireProgram(command);
  await removeAbandonedSandboxes(workspace);
  // Imported here: a sandbox without a stack needs none of it.
  const { stackSite } = await import("../jobs/stack-site.ts");
  const withSite = stackSite(workspace, plan);
  if (command === undefined) return runJobs(workspace, plan, jobs, withSite);
  const { engine } = workspace;
  const networks = plan.networks.map(({ key }) => key);
  return withSite(networks, async (site) => {
    const services = reachableServices([sandbox], await readFacts(engine), site.placement.owner);
    requireReachable(engine, services);
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
function chosenJobs(workspace: Workspace, plan: Plan, { job: name }: RunOptions): readonly PlannedJob[] {
  const names = plan.jobs.map(({ key }) => key);
  if (names.length === 0)
    throw new ConfigurationError(
      `${plan.sandbox}.jobs: the sandbox has no jobs; declare one, or name a command: -- COMMAND`,
    );
  if (name === undefined) return activeJobs(workspace, plan);
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
