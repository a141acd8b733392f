import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { EMITTED_PLACES, type Emission, emission, projectFiles, ROOT_FILE } from "../../emission/emission.ts";
import { type EmittedFile, originOf } from "../../emission/emitted-file.ts";
import { unifiedDiff } from "../../emission/unified-diff.ts";
import { writeTogether } from "../../emission/write-together.ts";
import { perBranch } from "../../gitlab/jobs/branch-jobs.ts";
import type { Loss } from "../../losses/losses.ts";
import type { Duration } from "../../model/duration.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { plan } from "../../model/plan/plan-sandbox.ts";
import { ConfigurationError } from "../../model/problem.ts";
import type { Runner } from "../../model/runner/runner.ts";
import { colors } from "../../terminal/colors.ts";
import { readRunners, readSandboxes } from "../workspace/declared-list.ts";
import { openProject } from "../workspace/project.ts";

/** What `nestbox emit` is asked for. */
export interface EmitOptions {
  /** The project's folder. */
  readonly project: string;
  /** The folder that the files go to, as if it were the project's. @default the project's */
  readonly out?: string;
  /** The sandboxes to emit. @default all, and the file that includes them */
  readonly sandboxes?: readonly string[];
  /** Write nothing; exit 1 and show how the files differ from what would be written. @default false */
  readonly check?: boolean;
  /**
   * Print files and losses as one JSON document, which is then all that goes to the standard output.
   * @default false
   */
  readonly json?: boolean;
  /** Write nothing and exit 1 when something is lost. @default false */
  readonly strict?: boolean;
  /** Overwrite files that were edited by hand, or that emit never wrote. @default false */
  readonly force?: boolean;
}

/** Where a command writes. */
export interface Output {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
}

/** What a project declares, as far as text is made from it. */
export interface EmitDeclarations {
  /** The plans of its sandboxes, for all profiles. */
  readonly plans: readonly Plan[];
  readonly runners: readonly Runner[];
  /** How long a branch's stack lives after its last use. Means nothing where no sandbox is per branch. */
  readonly timeToLive: Duration | "never";
}

/** `nestbox emit`: {@link emitDeclared} for what the project declares. */
export async function emit(options: EmitOptions, output: Output): Promise<number> {
  return emitDeclared(await readDeclarations(options.project), options, output);
}

/**
 * Writes the GitLab CI and compose files of sandboxes and says what they cannot express. All files are
 * written, or none. Gives the exit code.
 * @throws ConfigurationError for a declaration that cannot be emitted, a file that was edited by hand, and a
 * folder that cannot be written
 */
export async function emitDeclared(
  declared: EmitDeclarations,
  options: EmitOptions,
  { stdout, stderr }: Output,
): Promise<number> {
  const folder = path.resolve(options.out ?? options.project);
  const { files, losses } = emitSelected(declared, options);
  const wholeProject = (options.sandboxes ?? []).length === 0;
  const places = await comparePlaces(folder, files, wholeProject ? await findStale(folder, files) : []);
  const wanted = places.filter(({ state }) => state !== "kept");
  const changed = wanted.filter(({ state }) => state !== "unchanged");

  const lossesMatter = options.strict === true && losses.length > 0;
  const failed = lossesMatter || (options.check === true && changed.length > 0);
  const writes = !options.check && !lossesMatter;
  const refused = writes && !options.force ? changed.filter(isSomebodys) : [];
  if (writes && refused.length === 0) await writePlaces(folder, changed);
  if (options.json) stdout.write(`${JSON.stringify(asJson(wanted, losses), undefined, 2)}\n`);
  if (refused.length > 0) {
    for (const place of refused) stderr.write(`${colouredDiff(place)}\n`);
    throw refusal(refused);
  }
  if (!options.json) {
    if (options.check) stdout.write(describeDrift(changed, wanted.length));
    else if (writes) stdout.write(describeWritten(wanted));
    stderr.write(describeLosses(losses, lossesMatter));
    const kept = places.find(({ state }) => state === "kept");
    if (kept && !kept.found?.includes(EMITTED_PLACES[0].folder)) stderr.write(includeHint());
  }
  return failed ? 1 : 0;
}

function emitSelected(declared: EmitDeclarations, { sandboxes: names = [] }: EmitOptions): Emission {
  const known = declared.plans.map(({ sandbox }) => sandbox);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    const message = `no sandbox "${unknown[0]}"; sandboxes/index.ts lists ${known.join(", ") || "none"}`;
    throw new ConfigurationError(message);
  }
  if (names.length > 0) {
    return emission(
      declared.plans.filter(({ sandbox }) => names.includes(sandbox)),
      declared.runners,
    );
  }
  const { files, losses } = emission(declared.plans, declared.runners);
  const together = projectFiles(declared.plans, declared.runners, declared.timeToLive);
  return { files: [...together, ...files], losses };
}

/** What lies where a file goes, and what has to happen there. */
interface Place {
  readonly path: string;
  /** What should lie there. Undefined: nothing any more. */
  readonly file?: EmittedFile;
  readonly found?: string;
  readonly state: "unchanged" | "missing" | "outdated" | "edited" | "foreign" | "stale" | "kept";
}

async function comparePlaces(
  folder: string,
  files: readonly EmittedFile[],
  stale: readonly string[],
): Promise<readonly Place[]> {
  const places = files.map(async (file): Promise<Place> => {
    const found = await readIfThere(path.join(folder, file.path));
    if (found === undefined) return { path: file.path, file, state: "missing" };
    return { path: file.path, file, found, state: stateOf(file, found) };
  });
  const left = stale.map(async (relative): Promise<Place> => {
    const found = (await readIfThere(path.join(folder, relative))) ?? "";
    return { path: relative, found, state: originOf(found) === "edited" ? "edited" : "stale" };
  });
  return Promise.all([...places, ...left]);
}

function stateOf(file: EmittedFile, found: string): Place["state"] {
  if (found === file.content) return "unchanged";
  const origin = originOf(found);
  // A project may well have jobs of its own: their file is theirs.
  if (origin === "foreign" && file.path === ROOT_FILE) return "kept";
  return origin === "emitted" ? "outdated" : origin;
}

/** Files that an earlier emit wrote for sandboxes that are no more. */
async function findStale(folder: string, files: readonly EmittedFile[]): Promise<readonly string[]> {
  const wanted = new Set(files.map((file) => file.path));
  const found = await Promise.all(
    EMITTED_PLACES.map(async (place) => {
      const names = await readdir(path.join(folder, place.folder)).catch(() => []);
      return names.filter((name) => name.endsWith(place.extension)).map((name) => `${place.folder}/${name}`);
    }),
  );
  const others = found
    .flat()
    .filter((relative) => !wanted.has(relative))
    .sort();
  const contents = await Promise.all(others.map((relative) => readIfThere(path.join(folder, relative))));
  return others.filter((_, index) => originOf(contents[index] ?? "") !== "foreign");
}

async function readIfThere(file: string): Promise<string | undefined> {
  return readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (["ENOENT", "ENOTDIR", "EISDIR"].includes(error.code ?? "")) return undefined;
    throw new ConfigurationError(`${file}: cannot be read (${error.code}); let this user read it`);
  });
}

function isSomebodys({ state }: Place): boolean {
  return state === "edited" || state === "foreign";
}

async function writePlaces(folder: string, changed: readonly Place[]): Promise<void> {
  await writeTogether(
    folder,
    changed.flatMap(({ file }) => file ?? []),
    changed.filter(({ file }) => file === undefined).map((place) => place.path),
  );
}

function refusal(refused: readonly Place[]): ConfigurationError {
  const lines = refused.map(({ path: file, state }) =>
    state === "edited"
      ? `${file}: was edited by hand after it was generated; move the change into the declaration, or overwrite it with --force`
      : `${file}: was not generated by nestbox emit; move it away, or overwrite it with --force`,
  );
  return new ConfigurationError(lines.join("\n"));
}

function describeWritten(places: readonly Place[]): string {
  const changed = places.filter(({ state }) => state !== "unchanged");
  const lines = changed.map(
    ({ path: name, file }) =>
      `${file === undefined ? colors.yellow("removed") : colors.green("written")}  ${name}`,
  );
  const unchanged = places.length - changed.length;
  const summary =
    unchanged === 0 ? [] : [`${unchanged} ${unchanged === 1 ? "file" : "files"} already up to date`];
  return [...lines, ...summary, ""].join("\n");
}

function describeDrift(changed: readonly Place[], total: number): string {
  if (changed.length === 0) return `${total} ${total === 1 ? "file is" : "files are"} up to date\n`;
  const remedies = {
    missing: "is missing",
    outdated: "is not what the declarations say now",
    edited: "was edited by hand",
    foreign: "was not generated by nestbox emit",
    stale: "is of a sandbox that is no longer declared",
  } as const;
  const blocks = changed.map((place) => {
    const what = remedies[place.state as keyof typeof remedies];
    return `${colors.bold(place.path)} ${what}\n${colouredDiff(place)}\n`;
  });
  return `${blocks.join("\n")}\n${changed.length} of ${total} files differ; run nestbox emit and commit the result\n`;
}

function colouredDiff({ path: name, file, found }: Place): string {
  const diff = unifiedDiff(
    found === undefined ? "/dev/null" : `found/${name}`,
    file === undefined ? "/dev/null" : `declared/${name}`,
    found ?? "",
    file?.content ?? "",
  );
  const paint = (line: string) =>
    line.startsWith("+")
      ? colors.green(line)
      : line.startsWith("-")
        ? colors.red(line)
        : line.startsWith("@@")
          ? colors.cyan(line)
          : line;
  return diff.split("\n").map(paint).join("\n");
}

function describeLosses(losses: readonly Loss[], matter: boolean): string {
  if (losses.length === 0) return "";
  const width = (column: (loss: Loss) => string) => Math.max(...losses.map((loss) => column(loss).length));
  const pathWidth = width(({ path: where }) => where);
  const targetWidth = width(({ target }) => target);
  const lines = losses.map(
    ({ path: where, target, instead }) =>
      `  ${where.padEnd(pathWidth)}  ${colors.dim(target.padEnd(targetWidth))}  ${instead}`,
  );
  const heading = matter
    ? colors.red("Lost, and --strict allows no loss. Nothing was written. Instead of what is declared:")
    : colors.yellow("Not everything can be said everywhere. Instead of what is declared:");
  return [heading, ...lines, ""].join("\n");
}

function includeHint(): string {
  const { folder, extension } = EMITTED_PLACES[0];
  return `${ROOT_FILE} is your own and stays as it is; to run the sandboxes' jobs, add to it\n  include:\n    - local: ${folder}/*${extension}\n`;
}

function asJson(places: readonly Place[], losses: readonly Loss[]): object {
  return {
    files: places.map(({ path: file, state, file: emitted }) => ({
      path: file,
      state,
      content: emitted?.content,
    })),
    losses,
  };
}

async function readDeclarations(project: string): Promise<EmitDeclarations> {
  const sandboxes = await readSandboxes(project);
  const plans = sandboxes.map((sandbox) => plan(sandbox, { profiles: "all" }));
  const runners = await readRunners(project);
  const marked = perBranch(plans);
  return {
    plans,
    runners,
    timeToLive: marked.length === 0 ? "never" : await branchLife(project, marked),
  };
}

/** The time to live of every branch's stack, whose settings must bring up what is declared per branch. */
async function branchLife(project: string, marked: readonly Plan[]): Promise<Duration | "never"> {
  const anyBranch = { project, stack: "branch", branch: "branch" };
  const { settings } = await openProject(anyBranch, { declarations: false });
  const missing = marked.find(({ sandbox }) => !settings.sandboxes.includes(sandbox));
  if (missing === undefined) return settings.timeToLive;
  throw new ConfigurationError(
    `${missing.sandbox}.perBranch: the stacks of branches do not bring it up; ` +
      "name it in Pulumi.branch.yaml, nestbox:sandboxes",
  );
}
