import { randomBytes } from "node:crypto";
import type Docker from "dockerode";
import { DockerRefused } from "../../docker/api.ts";
import { connect } from "../../docker/client.ts";
import { type EngineFacts, readFacts } from "../../docker/facts.ts";
import { inspectImage, pullImage } from "../../docker/images.ts";
import { lostNetworks } from "../../docker/lost-networks.ts";
import { lowerJob } from "../../docker/lowering/job.ts";
import type { DockerPlacement } from "../../docker/lowering/placement.ts";
import { engineTime } from "../../docker/possessions.ts";
import { type JobEnd, runJob } from "../../docker/run-job.ts";
import { ownProcessMark } from "../../machine/process-mark.ts";
import { isActive } from "../../model/active.ts";
import { milliseconds } from "../../model/duration.ts";
import { LABEL, type Labels } from "../../model/labels.ts";
import type { Plan, PlannedJob } from "../../model/plan.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { readVariablesFile } from "../../model/variables-file.ts";
import { placeNetworkFrom } from "../../stacks/place-network-from.ts";
import { SETTINGS_NAMESPACE } from "../../stacks/settings.ts";
import { placeStack } from "../../stacks/stack-placement.ts";
import { colors } from "../../terminal/colors.ts";
import { formatElapsed } from "../../terminal/progress.ts";
import { jobImage, registryCredentials } from "../jobs/job-image.ts";
import { jobOrder } from "../jobs/job-order.ts";
import { type HandedOn, jobVariables, requirePredefined, type Variables } from "../jobs/job-variables.ts";
import { isUp, prolongByUse, renewByUse } from "../stack/life.ts";
import { readSecrets } from "../stack/secret-values.ts";
import { withStackLock } from "../stack/stack-lock.ts";
import type { Project, Target } from "../workspace/project.ts";
import { identityOf, ownerLabel } from "../workspace/stack-plan.ts";
import { type Workspace, withWorkspace } from "../workspace/workspace.ts";

/** Exit codes of shells for what ended because of a signal or a time limit. */
const EXIT_INTERRUPTED = 130;
const EXIT_TIMED_OUT = 124;

/**
 * Milliseconds that a job may take beside its timeout, to be made and to be removed. Past them nobody can
 * wait for it any more, wherever that was.
 */
const MARGIN = 10 * 60_000;

/**
 * `nestbox run SANDBOX [JOB]`: runs a sandbox's jobs, one after the other, until one fails; or one job, after
 * those that it needs.
 * Those of profiles that are not active are left out, unless one is named.
 */
export function run(target: Target, sandboxName: string, jobName: string | undefined): Promise<number> {
  const needs = {
    pulumi: true,
    plans: (project: Project) => [planOf(project, sandboxName, jobName)],
  };
  return withWorkspace(target, needs, async (workspace) => {
    const plan = planOf(workspace.project, sandboxName, jobName);
    if (jobName === undefined) return runJobsOf(workspace, plan);
    const jobs = jobOrder(plan.jobs, jobName);
    for (const job of jobs) requireProfiles(plan, job);
    return runEach(workspace, plan, jobs);
  });
}

/**
 * Runs the jobs of a sandbox that is up, one after the other, until one fails; those of profiles that are not
 * active are left out, with a word. Gives the exit code.
 * @throws ConfigurationError when the sandbox is not up
 */
export function runJobsOf(workspace: Workspace, plan: Plan): Promise<number> {
  for (const job of plan.jobs.filter((one) => !isActive(one, plan.profiles))) {
    workspace.progress.print(
      `… ${plan.sandbox} ${job.key}: left out, since profile ${job.profiles.join(" or ")} is not active`,
    );
  }
  return runEach(
    workspace,
    plan,
    jobOrder(plan.jobs).filter((job) => isActive(job, plan.profiles)),
  );
}

async function runEach(workspace: Workspace, plan: Plan, jobs: readonly PlannedJob[]): Promise<number> {
  requirePredefined(plan, jobs, process.env);
  const handedOn = new Map<string, Variables>();
  for (const job of jobs) {
    const end = await runPlannedJob(workspace, plan, job, handedOn);
    const exitCode = exitCodeOf(end);
    if (exitCode !== 0) return exitCode;
    if (job.variablesFile !== undefined) handedOn.set(job.key, variablesOf(plan, job, end));
  }
  return 0;
}

/** @throws ConfigurationError for a file that the job has not written, or that GitLab would not take */
function variablesOf({ sandbox }: Plan, { key, variablesFile }: PlannedJob, end: JobEnd): Variables {
  const path = `${sandbox}.jobs.${key}.variablesFile`;
  const content = end.kind === "exited" ? end.variables : undefined;
  if (content !== undefined) return readVariablesFile(path, content);
  throw new ConfigurationError(
    `${path}: the job wrote no such file; write "$CI_PROJECT_DIR/${variablesFile}"`,
  );
}

/** Runs one job, and says how it ended. */
async function runPlannedJob(
  workspace: Workspace,
  plan: Plan,
  job: PlannedJob,
  handedOn: HandedOn,
): Promise<JobEnd> {
  const { project, progress } = workspace;
  const variables = jobVariables(job, process.env, handedOn);
  const path = `${plan.sandbox}.jobs.${job.key}.image`;
  const image = jobImage(path, job.image, variables);
  if (image !== job.image) await provideImage(workspace, path, image);
  const owner = ownerLabel(project, process.env);
  const facts = await withStackLock(workspace, () => useStack(workspace, plan, job));
  const docker = await connect(workspace.engine);
  const existing = {
    networks: partNames(facts.networks, owner, plan.sandbox),
    volumes: await volumeNames(docker, owner, plan.sandbox),
  };
  const lowered = lowerJob(
    plan,
    job,
    { ...placementOf(project, plan, facts), existing },
    {
      id: randomBytes(3).toString("hex"),
      image,
      variables,
      labels: await waitingLabels(workspace, job),
    },
  );
  const secrets = await readSecrets(workspace, [plan]);
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort();
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  const started = performance.now();
  const name = `${plan.sandbox} ${job.key}`;
  progress.print(`${colors.cyan("▶")} ${name}`);
  try {
    const { stdout, stderr } = process;
    const signal = interrupted.signal;
    const end = await runJob({
      engine: workspace.engine,
      docker,
      job: lowered,
      secrets,
      projectFolder: project.folder,
      stdout,
      stderr,
      signal,
      // Somebody may have taken the stack down beneath its job.
      beforeRemoval: async () => (await isUp(workspace)) && prolongByUse(workspace),
      warn: (message) => progress.print(`${colors.yellow("!")} ${name}: ${message}`),
    });
    const exitCode = exitCodeOf(end);
    const mark = exitCode === 0 ? colors.green("✓") : colors.red("✗");
    const elapsed = formatElapsed(performance.now() - started).padStart(7);
    progress.print(`${mark} ${name.padEnd(28)}  ${elapsed}  ${describeEnd(end, job)}`);
    return end;
  } finally {
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
}

/**
 * Sees that the engine has an image that a job before has made.
 * @throws ConfigurationError when its registry refuses it, or does not have it
 */
async function provideImage({ engine, progress }: Workspace, path: string, image: string): Promise<void> {
  if (await inspectImage(engine, image)) return;
  const credentials = registryCredentials(image, process.env);
  await progress.step(`Image ${image}`, async (step) => {
    await pullImage(engine, image, step.detail, undefined, credentials).catch((error: unknown) => {
      if (!(error instanceof DockerRefused)) throw error;
      throw new ConfigurationError(`${path}: the engine cannot pull ${image}: ${error.message}`);
    });
    step.result("pulled");
  });
}

/** Renews the life of a stack that is up, while nobody changes it. Gives what is on the engine. */
async function useStack(workspace: Workspace, plan: Plan, job: PlannedJob): Promise<EngineFacts> {
  const owner = ownerLabel(workspace.project, process.env);
  const facts = await readFacts(workspace.engine);
  requireUp(plan, job, facts, owner);
  if (!(await renewByUse(workspace))) return facts;
  const left = await readFacts(workspace.engine);
  requireUp(plan, job, left, owner);
  return left;
}

/** The placement of a sandbox that is up. */
function placementOf(project: Project, plan: Plan, facts: EngineFacts): DockerPlacement {
  const identity = identityOf(project, process.env);
  const network = placeNetworkFrom(process.env);
  const request = { identity, plans: [plan], settings: project.settings, network, facts, now: new Date() };
  const [placement] = placeStack(request);
  if (placement === undefined) throw new RangeError(plan.sandbox);
  return placement;
}

/**
 * By what everybody can tell whether somebody still waits for a job: its process, and until when that can be.
 */
async function waitingLabels({ engine }: Workspace, { timeout }: PlannedJob): Promise<Labels> {
  const deadline = (await engineTime(engine)) + milliseconds(timeout) + MARGIN;
  return { [LABEL.process]: ownProcessMark(), [LABEL.deadline]: new Date(deadline).toISOString() };
}

function planOf(project: Project, sandboxName: string, jobName: string | undefined): Plan {
  const sandbox = project.declared.find(({ name }) => name === sandboxName);
  if (!sandbox) {
    const known = project.declared.map(({ name }) => name).join(", ");
    throw new ConfigurationError(`no sandbox "${sandboxName}"; sandboxes/index.ts lists ${known || "none"}`);
  }
  const jobs = Object.keys(sandbox.jobs);
  if (jobName !== undefined && !jobs.includes(jobName)) {
    throw new ConfigurationError(
      `no job "${jobName}" in sandbox "${sandboxName}"; it has ${jobs.join(", ") || "none"}`,
    );
  }
  if (jobs.length === 0)
    throw new ConfigurationError(`sandbox "${sandboxName}" has no jobs; declare one in its "jobs"`);
  const planned = project.plans.find((one) => one.sandbox === sandboxName);
  if (planned === undefined) {
    const place = `${project.settingsFile}: ${SETTINGS_NAMESPACE}:sandboxes`;
    throw new ConfigurationError(`${place} does not list "${sandboxName}"; add it, then: nestbox up`);
  }
  return planned;
}

function requireProfiles(plan: Plan, job: PlannedJob): void {
  if (isActive(job, plan.profiles)) return;
  const wanted = job.profiles.join(" or ");
  throw new ConfigurationError(
    `${plan.sandbox}.jobs.${job.key}: profile ${wanted} is not active; add it to nestbox:profiles, then: nestbox up`,
  );
}

function requireUp(plan: Plan, job: PlannedJob, { networks, containers }: EngineFacts, owner: string): void {
  const existing = Object.keys(partNames(networks, owner, plan.sandbox));
  const running = containers.filter(
    ({ labels, running: isRunning }) =>
      labels[LABEL.owner] === owner && labels[LABEL.sandbox] === plan.sandbox && isRunning,
  );
  const missing = [
    ...job.networks.filter((key) => !existing.includes(key)).map((key) => `network ${key}`),
    ...plan.services
      .filter(
        ({ key, completesWithin }) =>
          completesWithin === undefined && !running.some(({ labels }) => labels[LABEL.part] === key),
      )
      .map(({ key }) => `service ${key}`),
    ...plan.services.flatMap(({ key, networks: wanted }) =>
      running
        .filter(({ labels }) => labels[LABEL.part] === key)
        .flatMap((container) => lostNetworks(container, wanted, networks))
        .map((network) => `service ${key} on network ${network}`),
    ),
  ];
  if (missing.length === 0) return;
  throw new ConfigurationError(
    `sandbox "${plan.sandbox}" is not up (${missing.join(", ")} missing); first: nestbox up`,
  );
}

function partNames(
  parts: EngineFacts["networks"],
  owner: string,
  sandbox: string,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    parts.flatMap(({ name, labels }) =>
      labels[LABEL.owner] === owner && labels[LABEL.sandbox] === sandbox
        ? [[labels[LABEL.part] ?? "", name] as const]
        : [],
    ),
  );
}

async function volumeNames(
  docker: Docker,
  owner: string,
  sandbox: string,
): Promise<Readonly<Record<string, string>>> {
  const filters = { label: [`${LABEL.owner}=${owner}`, `${LABEL.sandbox}=${sandbox}`] };
  const { Volumes: volumes } = await docker.listVolumes({ filters });
  return Object.fromEntries(volumes.map(({ Name, Labels }) => [Labels?.[LABEL.part] ?? "", Name]));
}

function exitCodeOf(end: JobEnd): number {
  if (end.kind === "exited") return end.exitCode;
  return end.kind === "interrupted" ? EXIT_INTERRUPTED : EXIT_TIMED_OUT;
}

function describeEnd(end: JobEnd, job: PlannedJob): string {
  if (end.kind === "interrupted") return "interrupted";
  if (end.kind === "timed out") return `took longer than ${job.timeout}; raise its timeout or shorten it`;
  return end.exitCode === 0 ? "passed" : `failed with exit code ${end.exitCode}`;
}
