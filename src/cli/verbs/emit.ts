import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import {
  EMITTED_FOLDERS,
  type Emission,
  type EmitDeclarations,
  emission,
  projectFiles,
  ROOT_FILE,
} from "../../emission/emission.ts";
import { compareFiles, type FileComparison } from "../../emission/file-comparison.ts";
import { writeAtomically } from "../../emission/write-atomically.ts";
import { perBranch } from "../../gitlab/jobs/branch-jobs.ts";
import type { Loss } from "../../losses/losses.ts";
import type { Duration } from "../../model/duration.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { plan } from "../../model/plan/plan-sandbox.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { requireRunners } from "../../model/runner/check-runners.ts";
import { EXIT_FAILED } from "../exit-codes.ts";
import {
  describeDifference,
  describeDrift,
  describeInclude,
  describeLosses,
  describeWritten,
} from "../tables/emission-report.ts";
import { declarationFiles } from "../workspace/declaration-files.ts";
import { readDeclaredRunners, readSandboxes, unknownSandbox } from "../workspace/declared-list.ts";
import { folderInCheckout } from "../workspace/git.ts";
import { openProject } from "../workspace/project.ts";

/** The options of `nestbox emit`, which its help describes. */
export interface EmitOptions {
  /** The project's folder. */
  readonly project: string;
  /** With all, the file that includes them is emitted, too. */
  readonly sandboxes?: readonly string[];
  readonly target?: "kubernetes";
  readonly out?: string;
  readonly check?: boolean;
  /** Print one JSON document, and nothing else on standard output. */
  readonly json?: boolean;
  readonly strict?: boolean;
  readonly force?: boolean;
}

export interface Output {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
}

/** `nestbox emit`: the files of a target for the declarations of the project. */
export async function emit(options: EmitOptions, output: Output): Promise<number> {
  if (options.target === "kubernetes") return emitKubernetes(options, output);
  return emitDeclared(await readDeclarations(options.project), options, output);
}

async function emitKubernetes(options: EmitOptions, output: Output): Promise<number> {
  const [{ KUBERNETES_FOLDERS, kubernetesEmission }, { projectFileContents }] = await Promise.all([
    import("../../emission/kubernetes-files.ts"),
    import("../../kubernetes/project-file-contents.ts"),
  ]);
  const { sandboxes: declaredIn } = declarationFiles(options.project);
  const plans = selectPlans(await readPlans(options.project), options, declaredIn);
  const emitted = kubernetesEmission(plans, projectFileContents(plans, options.project));
  return writeEmission(emitted, KUBERNETES_FOLDERS, options, output);
}

/**
 * Writes the GitLab CI and compose files of sandboxes, all or none, and prints their losses.
 * @returns the exit code
 * @throws ConfigurationError for a declaration that cannot be emitted, a file that was edited by hand, or an
 * unwritable folder
 */
export async function emitDeclared(
  declared: EmitDeclarations,
  options: EmitOptions,
  output: Output,
): Promise<number> {
  const plans = selectPlans(declared.plans, options, declared.declaredIn);
  const { files, losses } = emission(plans, declared.runners, declared.folder);
  const shared = isWholeProject(options) ? projectFiles(declared) : [];
  return writeEmission({ files: [...shared, ...files], losses }, EMITTED_FOLDERS, options, output);
}

async function writeEmission(
  { files, losses }: Emission,
  places: Parameters<typeof compareFiles>[2],
  options: EmitOptions,
  { stdout, stderr }: Output,
): Promise<number> {
  const folder = path.resolve(options.out ?? options.project);
  const all = await compareFiles(folder, files, isWholeProject(options) ? places : []);
  const emitted = all.filter(({ state }) => state !== "kept");
  const changed = emitted.filter(({ state }) => state !== "unchanged");

  const lossesFail = options.strict === true && losses.length > 0;
  const failed = lossesFail || (options.check === true && changed.length > 0);
  const writes = !options.check && !lossesFail;
  const foreign = changed.filter(({ state }) => state === "edited" || state === "foreign");
  const refused = writes && !options.force ? foreign : [];
  if (writes && refused.length === 0) await writeChanges(folder, changed);
  if (options.json) stdout.write(`${JSON.stringify(asJson(emitted, losses), undefined, 2)}\n`);
  if (refused.length > 0) {
    for (const comparison of refused) stderr.write(`${await describeDifference(comparison)}\n`);
    throw refusal(refused);
  }
  if (!options.json) {
    if (options.check) stdout.write(await describeDrift(changed, emitted.length));
    else if (writes) stdout.write(describeWritten(emitted));
    stderr.write(describeLosses(losses, lossesFail));
    const includingFile = all.find((comparison) => comparison.path === ROOT_FILE);
    if (includingFile !== undefined) stderr.write(missingInclude(includingFile, folder));
  }
  return failed ? EXIT_FAILED : 0;
}

/** The lines that a .gitlab-ci.yml lacks that emit does not own. Empty if there are none. */
function missingInclude({ state, found = "" }: FileComparison, folder: string): string {
  const inCheckout = folderInCheckout(folder);
  const isKept = state === "kept";
  if (inCheckout === "" && !isKept) return "";
  const root = path.resolve(folder, path.posix.relative(inCheckout, ""), ROOT_FILE);
  const text = inCheckout === "" ? found : existsSync(root) ? readFileSync(root, "utf8") : "";
  const jobs = `${inCheckout}${EMITTED_FOLDERS[0].folder}`;
  const isIncluded = text.includes(jobs) || (!isKept && text.includes(`${inCheckout}${ROOT_FILE}`));
  return isIncluded ? "" : describeInclude(inCheckout, isKept);
}

function isWholeProject({ sandboxes = [] }: EmitOptions): boolean {
  return sandboxes.length === 0;
}

function selectPlans(plans: readonly Plan[], options: EmitOptions, declaredIn: string): readonly Plan[] {
  const { sandboxes: names = [] } = options;
  const known = plans.map(({ sandbox }) => sandbox);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw unknownSandbox(unknown, known, declaredIn);
  return isWholeProject(options) ? plans : plans.filter(({ sandbox }) => names.includes(sandbox));
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

function asJson(comparisons: readonly FileComparison[], losses: readonly Loss[]): object {
  const files = comparisons.map((one) => ({ path: one.path, state: one.state, content: one.file?.content }));
  return { files, losses };
}

async function readPlans(project: string): Promise<readonly Plan[]> {
  return (await readSandboxes(project)).map((sandbox) => plan(sandbox, { profiles: "all" }));
}

async function readDeclarations(project: string): Promise<EmitDeclarations> {
  const plans = await readPlans(project);
  const runners = await readDeclaredRunners(project);
  const files = declarationFiles(project);
  requireRunners(runners, files.runners);
  const ofBranches = perBranch(plans);
  return {
    plans,
    declaredIn: files.sandboxes,
    runners,
    folder: folderInCheckout(project),
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
