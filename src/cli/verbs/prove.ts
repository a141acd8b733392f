import { randomBytes } from "node:crypto";
import { clusterPlace } from "../../kubernetes/cluster-place.ts";
import { KUBERNETES } from "../../kubernetes/kubernetes-support.ts";
import { imageVariable } from "../../model/image-variable.ts";
import type { Plan, PlannedJob } from "../../model/plan/plan.ts";
import { plan } from "../../model/plan/plan-sandbox.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { secretVariable } from "../../model/secret-variable.ts";
import { isFailure } from "../../proof/finding.ts";
import { matrixOf, type ProvedTarget } from "../../proof/matrix.ts";
import { listenOutside, type OutsideListener } from "../../proof/outside-listener.ts";
import type { ProofTarget } from "../../proof/place.ts";
import { composeTarget } from "../../proof/places/by-compose.ts";
import { gitlabTarget } from "../../proof/places/by-gitlab.ts";
import { stackTarget } from "../../proof/places/by-stack.ts";
import { dockerTarget } from "../../proof/places/on-docker.ts";
import { kubernetesTarget } from "../../proof/places/on-kubernetes.ts";
import { PROBING_IMAGE } from "../../proof/probing-plan.ts";
import { projectFilesOf } from "../../proof/project-files-of.ts";
import { proveSandbox } from "../../proof/prove-sandbox.ts";
import { setUp } from "../../setup/index.ts";
import { placeNetworkFrom } from "../../stacks/place-network-from.ts";
import { removeAbandonedSandboxes } from "../clean-up/remove-abandoned-sandboxes.ts";
import { EXIT_FAILED } from "../exit-codes.ts";
import { withInterruption } from "../interruption.ts";
import { clusterPlacement } from "../jobs/cluster-placement.ts";
import { describeMatrix } from "../tables/proof-matrix.ts";
import { clusterFor } from "../workspace/cluster-for.ts";
import { readDeclaredRunners, unknownSandbox } from "../workspace/declared-list.ts";
import { openProject, type Project, type Target } from "../workspace/project.ts";
import { type EngineWorkspace, inEngineWorkspace } from "../workspace/workspace.ts";

/** The options of `nestbox prove`, which its help describes. */
export interface ProveOptions {
  readonly sandboxes?: readonly string[];
  /** The names of the targets. */
  readonly target?: readonly string[];
  readonly json?: boolean;
}

/**
 * `nestbox prove`: brings sandboxes up on each target, compares what they do with their plans and with the
 * table of losses, and removes them.
 * @returns 1 if reality differs from both
 * @throws ConfigurationError for an unknown sandbox, and for a named target that is not there
 */
export async function prove(target: Target, options: ProveOptions): Promise<number> {
  const project = await openProject(target);
  const plans = chosenPlans(project, options);
  const needs = { pulumi: false, plans: () => plans, images: () => [PROBING_IMAGE] };
  return inEngineWorkspace(project, needs, (workspace) =>
    withInterruption(async (signal) => {
      const outside = await listenOutside();
      try {
        const targets = await presentTargets(workspace, options);
        // The images that targets use beside those of the plans.
        const own = targets.flatMap((each) => plans.map((planned) => each.images?.(planned) ?? []));
        const images = (await Promise.all(own)).flat();
        const request = { projectFolder: project.folder, docker: true, pulumi: false, images, signal };
        await setUp(request, workspace.progress);
        await removeAbandoned(workspace, targets);
        const proved: ProvedTarget[] = [];
        for (const planned of plans)
          proved.push(...(await provePlan(workspace, planned, targets, outside, signal)));
        const matrix = matrixOf(proved);
        const asJson = () => `${JSON.stringify(proved, undefined, 2)}\n`;
        process.stdout.write(options.json ? asJson() : describeMatrix(matrix));
        return matrix.failures.length > 0 ? EXIT_FAILED : 0;
      } finally {
        outside.close();
      }
    }),
  );
}

async function provePlan(
  { project, progress }: EngineWorkspace,
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
    ...{ plan: planned, jobs, secrets: secretsFor(planned), signal, projectFolder: project.folder },
    network: placeNetworkFrom(process.env),
    known: { projectFiles: await projectFilesOf(planned, project.folder), outside },
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

/** @throws ConfigurationError for an unknown sandbox */
function chosenPlans({ declared, declaredIn }: Project, { sandboxes = [] }: ProveOptions): readonly Plan[] {
  const names = declared.map(({ name }) => name);
  const unknown = sandboxes.find((name) => !names.includes(name));
  if (unknown !== undefined) throw unknownSandbox(unknown, names, declaredIn);
  return declared
    .filter(({ name }) => sandboxes.length === 0 || sandboxes.includes(name))
    .map((sandbox) => plan(sandbox, { profiles: "all" }));
}

/** @throws ConfigurationError for a named target that is not there */
async function presentTargets(
  { engine, project, progress }: EngineWorkspace,
  { target: wanted }: ProveOptions,
): Promise<readonly ProofTarget[]> {
  const { subnetPool, privilegedImages, kubernetes } = project.settings;
  const { namespacePrefix } = kubernetes;
  const runners = await readDeclaredRunners(project.folder);
  const all = [
    dockerTarget({ engine, project: project.name, subnetPool, privilegedImages }),
    stackTarget({
      ...{ engine, subnetPool, privilegedImages, hasStacks: project.hasStacks },
      main: process.argv[1] ?? "",
    }),
    composeTarget(engine),
    gitlabTarget({ engine, projectFolder: project.folder, runners }),
    kubernetesTarget({
      project: project.name,
      ...(namespacePrefix !== undefined && { namespacePrefix }),
      findCluster: () => clusterFor(project),
      placementOf: (planned) => clusterPlacement(project, planned),
    }),
  ];
  const present: ProofTarget[] = [];
  for (const target of all.filter(({ name }) => wanted === undefined || wanted.includes(name))) {
    const missing = await target.missing();
    if (missing === undefined) present.push(target);
    else if (wanted !== undefined) throw new ConfigurationError(`--target ${target.name}: ${missing}`);
    else progress.print(`… ${target.name}: left out; ${missing}`);
  }
  return present;
}

/** Removes what killed commands left on the places of the targets. */
async function removeAbandoned(
  { project, place, progress }: EngineWorkspace,
  targets: readonly ProofTarget[],
): Promise<void> {
  await removeAbandonedSandboxes({ place, progress });
  if (targets.some(({ name }) => name === KUBERNETES.name))
    await removeAbandonedSandboxes({ place: clusterPlace(await clusterFor(project)), progress });
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
function secretsFor({ secrets }: Plan): Readonly<Record<string, string>> {
  const valueFor = (name: string) =>
    process.env[secretVariable(name)] ?? `${randomBytes(8).toString("hex")} '"\\x#`;
  return Object.fromEntries(secrets.map((name) => [name, valueFor(name)]));
}
