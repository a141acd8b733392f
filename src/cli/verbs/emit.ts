import path from "node:path";
import { emission } from "../../emission/emission.ts";
import { compareFiles, type FileComparison } from "../../emission/file-comparison.ts";
import { writeAtomically } from "../../emission/write-atomically.ts";
import { perBranch } from "../../gitlab/jobs/branch-jobs.ts";
import type { Loss } from "../../losses/losses.ts";
import { EXIT_FAILED } from "../../machine/exit-codes.ts";
import type { Duration } from "../../model/duration.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { plan } from "../../model/plan/plan-sandbox.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { requireRunners } from "../../model/runner/check-runners.ts";
import { chosenSandboxes } from "../../project/chosen-sandboxes.ts";
import { declarationFiles } from "../../project/declaration-files.ts";
import { readDeclaredRunners, readSandboxes } from "../../project/declared-list.ts";
import { folderInCheckout } from "../../project/git.ts";
import { openProject } from "../../project/project.ts";
import type { Invocation } from "../../sandbox/invocation.ts";
import type { EmitRequest, Target, TargetEntry } from "../../sandbox/target.ts";
import { readSetting } from "../../stacks/stack-settings.ts";
import { answerText } from "../answers/answer-text.ts";
import type { EmissionAnswer } from "../answers/answers.ts";
import {
  describeDifference,
  describeDrift,
  describeLosses,
  describeWritten,
} from "../tables/emission-report.ts";

/** The options of `nestbox emit`, which its help describes. */
export interface EmitOptions {
  /** The project's folder. */
  readonly project: string;
  /** With all, the files that they share are emitted, too. */
  readonly sandboxes?: readonly string[];
  /** The target whose files alone are emitted. @default all targets that always emit */
  readonly target?: string;
  /** The namespace that takes all of them. @default each has one of its own */
  readonly namespace?: string;
  readonly out?: string;
  readonly check?: boolean;
  /** Print one JSON document, and nothing else on standard output. */
  readonly json?: boolean;
  readonly strict?: boolean;
  readonly force?: boolean;
}

/** `nestbox emit`: the files of targets for the declarations of the project. */
export async function emit(options: EmitOptions, invocation: Invocation): Promise<number> {
  const targets = await emittingTargets(invocation.targets, options.target);
  if (options.namespace !== undefined) requireNamespaced(targets, options.namespace);
  return emitDeclared(targets, await readDeclarations(targets, options), options, invocation);
}

/** @throws ConfigurationError for a name that no namespace has, and for targets without a cluster */
function requireNamespaced(targets: readonly Target[], namespace: string): void {
  if (!targets.some(({ runs }) => runs?.needs.cluster))
    throw new ConfigurationError(
      "--namespace: names a namespace of a Kubernetes cluster; add --target kubernetes, or leave it out",
    );
  readSetting("kubernetes", { namespace }, "--namespace");
}

function emittingTargets(
  targets: readonly TargetEntry[],
  named: string | undefined,
): Promise<readonly Target[]> {
  const chosen = targets.filter(({ name, emits }) =>
    named === undefined ? emits === "always" : name === named,
  );
  return Promise.all(chosen.map(({ load }) => load()));
}

/**
 * Writes the files of targets, all or none, and prints the losses.
 * @returns the exit code
 * @throws ConfigurationError for a declaration that cannot be emitted, a file that was edited by hand, or an
 * unwritable folder
 */
export async function emitDeclared(
  targets: readonly Target[],
  declared: EmitRequest,
  options: EmitOptions,
  { stdout, stderr }: Pick<Invocation, "stdout" | "stderr">,
): Promise<number> {
  const { files, losses } = emission(targets, declared);
  const emitting = targets.flatMap(({ emits }) => emits ?? []);
  const folder = path.resolve(options.out ?? options.project);
  const paths = declared.isWhole ? emitting.flatMap((target) => target.paths) : [];
  const all = await compareFiles(folder, files, paths);
  const emitted = all.filter(({ state }) => state !== "kept");
  const changed = emitted.filter(({ state }) => state !== "unchanged");

  const lossesFail = options.strict === true && losses.length > 0;
  const failed = lossesFail || (options.check === true && changed.length > 0);
  const writes = !options.check && !lossesFail;
  const foreign = changed.filter(({ state }) => state === "edited" || state === "foreign");
  const refused = writes && !options.force ? foreign : [];
  if (writes && refused.length === 0) await writeChanges(folder, changed);
  if (refused.length > 0) {
    for (const comparison of refused) stderr.write(`${await describeDifference(comparison)}\n`);
    throw refusal(refused);
  }
  if (options.json) {
    const isStale = options.check === true && changed.length > 0;
    const next = isStale ? { next: ["npx nestbox emit --json"] } : {};
    stdout.write(answerText<EmissionAnswer>({ ...asData(emitted, losses), ...next }));
  } else {
    if (options.check) stdout.write(await describeDrift(changed, emitted.length));
    else if (writes) stdout.write(describeWritten(emitted));
    stderr.write(describeLosses(losses, lossesFail));
    const compared = all.map((one) => ({ ...one, isKept: one.state === "kept" }));
    const written = { folder, inRepository: folderInCheckout(folder), files: compared };
    for (const { advice } of emitting) stderr.write(advice?.(written) ?? "");
  }
  return failed ? EXIT_FAILED : 0;
}

async function writeChanges(folder: string, changed: readonly FileComparison[]): Promise<void> {
  const written = changed.flatMap(({ file }) => file ?? []);
  const removed = changed.filter(({ file }) => file === undefined).map((comparison) => comparison.path);
  await writeAtomically(folder, written, removed);
}

function refusal(refused: readonly FileComparison[]): ConfigurationError {
  const lines = refused.map(({ path: file, state }) =>
    state === "edited"
      ? `${file}: was edited by hand; move the change into the declaration, or overwrite it with --force`
      : `${file}: was not generated by nestbox emit; move it away, or overwrite it with --force`,
  );
  return new ConfigurationError(lines.join("\n"));
}

function asData(
  comparisons: readonly FileComparison[],
  losses: readonly Loss[],
): Pick<EmissionAnswer, "files" | "losses"> {
  const files = comparisons.map((one) => ({ path: one.path, state: one.state, content: one.file?.content }));
  return { files, losses: losses.map(({ differs: _, ...loss }) => loss) };
}

async function readPlans({ project, sandboxes = [] }: EmitOptions): Promise<readonly Plan[]> {
  const { sandboxes: declaredIn } = declarationFiles(project);
  const declared = await readSandboxes(project);
  const chosen = chosenSandboxes({ declared, declaredIn }, sandboxes);
  return chosen.map((sandbox) => plan(sandbox, { profiles: "all" }));
}

async function readDeclarations(targets: readonly Target[], options: EmitOptions): Promise<EmitRequest> {
  const { project, sandboxes = [] } = options;
  const needs = (what: "runners" | "branches") => targets.some(({ emits }) => emits?.needs[what]);
  const plans = await readPlans(options);
  const runners = needs("runners") ? await readDeclaredRunners(project) : [];
  const files = declarationFiles(project);
  requireRunners(runners, files.runners);
  const ofBranches = needs("branches") ? perBranch(plans) : [];
  return {
    plans,
    isWhole: sandboxes.length === 0,
    declaredIn: files.sandboxes,
    projectFolder: project,
    folder: folderInCheckout(project),
    runners,
    namespace: options.namespace,
    timeToLive: ofBranches.length === 0 ? "never" : await branchTimeToLive(project, ofBranches),
  };
}

/**
 * The time to live of every branch's stack, from the template for branches.
 * @throws ConfigurationError if the template omits a `perBranch` sandbox
 */
async function branchTimeToLive(project: string, ofBranches: readonly Plan[]): Promise<Duration | "never"> {
  const anyBranch = { project, stack: "branch", branch: "branch" };
  const { settings } = await openProject(anyBranch, { declarations: false });
  const missing = ofBranches.find(({ sandbox }) => !settings.sandboxes.includes(sandbox));
  if (missing === undefined) return settings.timeToLive;
  throw new ConfigurationError(
    `${missing.sandbox}.perBranch: the stacks of branches omit the sandbox; ` +
      "add it to nestbox:sandboxes in Pulumi.branch.yaml",
  );
}
