import { randomBytes } from "node:crypto";
import { nameBuilds } from "../../images/name-builds.ts";
import type { Environment } from "../../machine/environment.ts";
import { EXIT_FAILED } from "../../machine/exit-codes.ts";
import { placeNetworkFrom } from "../../machine/place-network-from.ts";
import { imageVariable } from "../../model/image-variable.ts";
import type { Plan, PlannedJob } from "../../model/plan/plan.ts";
import { plan } from "../../model/plan/plan-sandbox.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { secretVariable } from "../../model/secret-variable.ts";
import { removeAbandonedSandboxes } from "../../operations/clean-up/remove-abandoned-sandboxes.ts";
import { chosenSandboxes } from "../../project/chosen-sandboxes.ts";
import { readDeclaredRunners } from "../../project/declared-list.ts";
import { placedInside, placedOn } from "../../project/places.ts";
import { openProject, type Project, type StackChoice } from "../../project/project.ts";
import { connectPlace, placeSettings } from "../../project/running-target.ts";
import { inWorkspace, type Workspace } from "../../project/workspace.ts";
import { isFailure } from "../../proof/finding.ts";
import { matrixOf, type ProvedTarget } from "../../proof/matrix.ts";
import { listenOutside, type OutsideListener } from "../../proof/outside-listener.ts";
import { stackTarget } from "../../proof/places/by-stack.ts";
import { placeTarget } from "../../proof/places/on-place.ts";
import { PROBING_IMAGE, probingPlan } from "../../proof/probing-plan.ts";
import { proveSandbox } from "../../proof/prove-sandbox.ts";
import type { Invocation } from "../../sandbox/invocation.ts";
import type { Place } from "../../sandbox/place.ts";
import type { ProofTarget } from "../../sandbox/proof-target.ts";
import type { Target } from "../../sandbox/target.ts";
import { setUp } from "../../setup/index.ts";
import { answerText } from "../answers/answer-text.ts";
import type { ProofAnswer } from "../answers/answers.ts";
import { describeMatrix } from "../tables/proof-matrix.ts";
import { untilInterrupted } from "../until-interrupted.ts";

/** The options of `nestbox prove`, which its help describes. */
export interface ProveOptions {
  readonly sandboxes?: readonly string[];
  /** The names of the targets. */
  readonly target?: readonly string[];
  /** The context of the kubeconfig. */
  readonly context?: string;
  /** A namespace of the cluster that exists. */
  readonly namespace?: string;
  readonly json?: boolean;
}

/**
 * `nestbox prove`: brings sandboxes up on each target, compares what they do with their plans and with the
 * table of losses, and removes them.
 * @returns 1 if reality differs from both
 * @throws ConfigurationError for an unknown sandbox, and for a named target that is not there
 */
export async function prove(
  choice: StackChoice,
  options: ProveOptions,
  invocation: Invocation,
): Promise<number> {
  const opened = await openProject(choice, { sandboxes: options.sandboxes });
  const { project, context } = await placedForProof(opened, options, invocation);
  const plans = chosenPlans(project, options);
  const needs = { pulumi: false, cluster: true, context, plans: () => plans };
  return inWorkspace(project, needs, invocation, async (workspace) => {
    await removeAbandonedSandboxes(workspace);
    const outside = await listenOutside();
    try {
      return await untilInterrupted(invocation, async (signal) => {
        const proved = await proveAll(workspace, plans, options, outside, signal);
        const matrix = matrixOf(proved);
        const asJson = () => answerText<ProofAnswer>({ proved });
        workspace.stdout.write(options.json ? asJson() : describeMatrix(matrix));
        return matrix.failures.length > 0 ? EXIT_FAILED : 0;
      });
    } finally {
      outside.close();
    }
  });
}

/**
 * The project on the place of its only target, if that needs no engine. Stacks and emitted files are proved
 * on an engine, wherever the settings place the sandboxes.
 * @throws ConfigurationError for options of a cluster beside other targets
 */
async function placedForProof(
  opened: Project,
  { target: wanted = [], context, namespace }: ProveOptions,
  invocation: Invocation,
): Promise<{ readonly project: Project; readonly context?: string | undefined }> {
  const places = (await loadAll(invocation)).filter(({ runs }) => runs !== undefined);
  const [only, ...others] = new Set(wanted);
  if (others.length > 0 && (context !== undefined || namespace !== undefined)) {
    const option = context === undefined ? "--namespace" : "--context";
    throw new ConfigurationError(`${option}: is for a cluster alone; name no other --target beside it`);
  }
  const alone = others.length === 0 ? places.find(({ name }) => name === only) : undefined;
  const home = alone ?? places.find(({ runs }) => runs?.needs.engine);
  const project = home === undefined ? opened : placedOn(opened, home.name);
  if (namespace === undefined) return { project, context };
  return { project: await placedInside(project, namespace, invocation), context };
}

async function proveAll(
  workspace: Workspace,
  plans: readonly Plan[],
  options: ProveOptions,
  outside: OutsideListener,
  signal: AbortSignal,
): Promise<readonly ProvedTarget[]> {
  const { project, progress, environment } = workspace;
  const targets = await presentTargets(workspace, plans, options, signal);
  // The images that targets use beside those of the plans.
  const probed = plans.map((planned) => probingPlan(planned, () => []).plan);
  const own = targets.flatMap((each) => probed.map((planned) => each.images?.(planned, environment) ?? []));
  // A cluster pulls its images itself.
  if (workspace.engine !== undefined) {
    const images = [PROBING_IMAGE, ...(await Promise.all(own)).flat()];
    const request = { projectFolder: project.folder, docker: true, pulumi: false, images };
    await setUp({ ...request, environment, signal }, progress);
  }
  const proved: ProvedTarget[] = [];
  for (const planned of plans)
    proved.push(...(await provePlan(workspace, planned, targets, outside, signal)));
  return proved;
}

async function provePlan(
  { project, progress, environment }: Workspace,
  planned: Plan,
  targets: readonly ProofTarget[],
  outside: OutsideListener,
  signal: AbortSignal,
): Promise<readonly ProvedTarget[]> {
  const { sandbox } = planned;
  const jobs = planned.jobs.filter((job) => isAlone(planned, job));
  for (const job of planned.jobs.filter((one) => !jobs.includes(one)))
    progress.print(`… ${sandbox} ${job.key}: is not run; it uses variables of GitLab or of another job`);
  const proof = {
    ...{
      plan: planned,
      jobs,
      secrets: secretsFor(planned, environment),
      signal,
      projectFolder: project.folder,
    },
    ...{ environment, network: placeNetworkFrom(environment) },
    known: { outside },
  };
  const proved: ProvedTarget[] = [];
  for (const target of targets) {
    const verdicts = await progress.step(`${sandbox} on ${target.name}`, async (step) => {
      const found = await proveSandbox(target, { ...proof, report: step.detail });
      const failures = found.filter(isFailure).length;
      step.result(failures === 0 ? `${found.length} checks` : `${failures} of ${found.length} checks failed`);
      return found;
    });
    proved.push({ sandbox, target: target.name, verdicts });
  }
  return proved;
}

function loadAll({ targets }: Pick<Invocation, "targets">): Promise<readonly Target[]> {
  return Promise.all(targets.map(({ load }) => load()));
}

/** @throws ConfigurationError for an unknown sandbox */
function chosenPlans(project: Project, { sandboxes = [] }: ProveOptions): readonly Plan[] {
  const plans = chosenSandboxes(project, sandboxes).map((sandbox) => plan(sandbox, { profiles: "all" }));
  return nameBuilds(plans, project.folder);
}

/** @throws ConfigurationError for a named target that is not there */
async function presentTargets(
  workspace: Workspace,
  plans: readonly Plan[],
  { target: wanted }: ProveOptions,
  signal: AbortSignal,
): Promise<readonly ProofTarget[]> {
  const { project, place, progress } = workspace;
  const { subnetPool, privilegedImages } = project.settings;
  const settings = { projectFolder: project.folder, runners: await readDeclaredRunners(project.folder) };
  const loaded = await loadAll(workspace);
  const onEngine = loaded.filter(({ name }) => name === place.target);
  const all = [
    ...loaded
      .filter(({ runs }) => runs)
      .map((target) =>
        placeTarget({ target, progress, connect: () => placeOf(workspace, target, plans, signal) }),
      ),
    ...onEngine.map((target) =>
      stackTarget({
        ...{ place, target, subnetPool, privilegedImages, hasStacks: project.hasStacks },
        main: process.argv[1] ?? "",
      }),
    ),
    ...(await Promise.all(loaded.flatMap(({ emits }) => emits?.proof?.(settings) ?? []))),
  ];
  const present: ProofTarget[] = [];
  for (const target of all.filter(({ name }) => wanted === undefined || wanted.includes(name))) {
    const missing = await target.missing(workspace.environment);
    if (missing === undefined) present.push(target);
    else if (wanted !== undefined) throw new ConfigurationError(`--target ${target.name}: ${missing}`);
    else progress.print(`… ${target.name}: left out; ${missing}`);
  }
  return present;
}

/** The place of a target for the project, without what killed commands left there. */
async function placeOf(
  workspace: Workspace,
  { name, runs }: Target,
  plans: readonly Plan[],
  signal: AbortSignal,
): Promise<Place> {
  const { project, environment, progress } = workspace;
  if (name === workspace.place.target) return workspace.place;
  if (runs === undefined) throw new ConfigurationError(`${name}: no sandbox runs there`);
  const placed = placedOn(project, name);
  const registry = runs.registryOf?.(placeSettings(placed.settings));
  const builds = registry === undefined ? [] : plans.flatMap((planned) => planned.builds);
  const toPush = { projectFolder: project.folder, docker: builds.length > 0, pulumi: false, images: [] };
  const { published } = await setUp({ ...toPush, builds, registry, environment, signal }, progress);
  const place = await connectPlace(runs, placed, environment, undefined, published);
  await removeAbandonedSandboxes({ place, progress });
  return place;
}

/** Whether a job runs without variables from elsewhere. */
function isAlone({ jobs }: Plan, { image, predefined, needs }: PlannedJob): boolean {
  const { required, optional, projectFolder } = predefined;
  const needed = jobs.filter(({ key }) => needs.includes(key));
  return (
    imageVariable(image) === undefined &&
    required.length + optional.length === 0 &&
    !projectFolder &&
    needed.every(({ variablesFile }) => variablesFile === undefined)
  );
}

/** Values that say nothing elsewhere, for secrets that the environment does not set. */
function secretsFor({ secrets }: Plan, environment: Environment): Readonly<Record<string, string>> {
  const valueFor = (name: string) =>
    environment[secretVariable(name)] ?? `${randomBytes(8).toString("hex")} '"\\x#`;
  return Object.fromEntries(secrets.map((name) => [name, valueFor(name)]));
}
