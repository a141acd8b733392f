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
import { compareFiles, type FileComparison, findStalePaths } from "../../emission/file-comparison.ts";
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

export interface EmitOptions {
  /** The project's folder. */
  readonly project: string;
  /** `kubernetes` for manifests. @default the GitLab CI and compose files */
  readonly target?: "kubernetes";
  /** The folder for the files. @default the project's folder */
  readonly out?: string;
  /** The sandboxes to emit. @default all, and the file that includes them */
  readonly sandboxes?: readonly string[];
  /** Write nothing; print the differences and exit with 1 if a file differs. @default false */
  readonly check?: boolean;
  /** Print files and losses as one JSON document, and nothing else on standard output. @default false */
  readonly json?: boolean;
  /** Write nothing and exit with 1 if there is a loss. @default false */
  readonly strict?: boolean;
  /** Overwrite files that were edited by hand or not generated. @default false */
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
  const declared = (await readSandboxes(options.project)).map((sandbox) =>
    plan(sandbox, { profiles: "all" }),
  );
  const plans = selectPlans(declared, options, declarationFiles(options.project).sandboxes);
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
  return writeEmission(emitSelected(declared, options), EMITTED_FOLDERS, options, output);
}

async function writeEmission(
  { files, losses }: Emission,
  places: Parameters<typeof findStalePaths>[2],
  options: EmitOptions,
  { stdout, stderr }: Output,
): Promise<number> {
  const folder = path.resolve(options.out ?? options.project);
  const stalePaths = isWholeProject(options) ? await findStalePaths(folder, files, places) : [];
  const all = await compareFiles(folder, files, stalePaths);
  const emitted = all.filter(({ state }) => state !== "kept");
  const changed = emitted.filter(({ state }) => state !== "unchanged");

  const lossesFail = options.strict === true && losses.length > 0;
  const failed = lossesFail || (options.check === true && changed.length > 0);
  const writes = !options.check && !lossesFail;
  const refused = writes && !options.force ? changed.filter(needsForce) : [];
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

function emitSelected(declared: EmitDeclarations, options: EmitOptions): Emission {
  const plans = selectPlans(declared.plans, options, declared.declaredIn);
  const { files, losses } = emission(plans, declared.runners, declared.folder);
  if (!isWholeProject(options)) return { files, losses };
  const shared = projectFiles(declared);
  return { files: [...shared, ...files], losses };
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

function needsForce({ state }: FileComparison): boolean {
  return state === "edited" || state === "foreign";
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

async function readDeclarations(project: string): Promise<EmitDeclarations> {
  const sandboxes = await readSandboxes(project);
  const plans = sandboxes.map((sandbox) => plan(sandbox, { profiles: "all" }));
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
