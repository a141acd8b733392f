import { accessSync, constants, existsSync, statSync } from "node:fs";
import path from "node:path";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { CATALOG } from "../../catalog/index.ts";
import { writeAtomically } from "../../emission/write-atomically.ts";
import { type ImportedModule, importCompose } from "../../import/sandbox-module.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { readSandboxes } from "../../project/declared-list.ts";
import type { Invocation } from "../../sandbox/invocation.ts";
import { compareFolder } from "../init/compare-folder.ts";
import { COMPOSE_FILES, projectFrom } from "../init/compose-import.ts";
import { type FolderFacts, readFolder } from "../init/folder-facts.ts";
import { hints } from "../init/hints.ts";
import { type InitRequest, modulesOf, neededPackages, newFiles, projectName } from "../init/new-files.ts";
import { nextCommands } from "../init/next-commands.ts";
import { packageVersions } from "../init/package-versions.ts";
import { chooseServices } from "../init/service-choices.ts";
import { describeDifferences } from "../tables/import-report.ts";
import { describeFiles } from "../tables/init-report.ts";
import { describeNext } from "../tables/next-steps.ts";
import { emit } from "./emit.ts";

/** By default a sandbox on Docker alone. */
export interface InitOptions extends Partial<Omit<InitRequest, "services" | "declarations">> {
  /** The folder. */
  readonly project: string;
  /** The names of catalog services. @default redis */
  readonly service?: readonly string[];
  /** Compose files to declare the services of, instead of the catalog's. */
  readonly from?: readonly string[];
}

/**
 * `nestbox init`: writes a first sandbox and what else was asked for, all or nothing. Keeps what is there.
 * @throws ConfigurationError for what is in the way, and for a folder that cannot be written
 */
export async function init(options: InitOptions, invocation: Invocation): Promise<number> {
  const { project, service = [], stack = false, runner = false, gitlab = false } = options;
  const { agents = false, target = "docker" } = options;
  const folder = path.resolve(project);
  requireFolder(folder);
  const versions = packageVersions();
  const facts = readFolder(folder, Object.keys(versions));
  const imported = options.from && importedModule(folder, facts, options.from, service);
  const request = {
    services: imported ? [] : chooseServices(service),
    ...(imported && { declarations: imported.code }),
    ...{ target, stack: stack || runner, runner, gitlab, agents },
  };
  const sandboxes = imported ? [imported.sandbox] : await sandboxesAfterwards(folder, facts);
  const files = compareFolder(folder, newFiles(facts, request, versions, sandboxes));

  const changed = files.filter(({ state }) => state !== "kept");
  if (changed.length > 0) requireWritable(folder);
  const undo = await writeAtomically(folder, changed, [], REMEDY);
  const emits = gitlab && facts.installed.includes("nestbox");
  const emitted = emits ? await emitOrUndo(folder, undo, invocation) : "";

  const modules = modulesOf(facts);
  const notes = [
    ...(imported ? [describeDifferences(imported.notes)].filter((text) => text !== "") : []),
    ...(!imported && service.length === 0 && !facts.isDeclared
      ? [defaultNote(folder, modules.sandboxes)]
      : []),
    ...hints(files, request, modules),
  ];
  const isMissing = (name: string) => !facts.installed.includes(name);
  const commands = nextCommands(request, sandboxes[0] ?? projectName(facts), {
    install: neededPackages(request, versions).some(isMissing) ? facts.installCommand : undefined,
    emission: gitlab && !emits,
  });
  const paragraphs = [describeFiles(files) + emitted, ...notes.map((note) => `${note}\n`)];
  invocation.stdout.write(`${[...paragraphs, describeNext(commands)].join("\n")}\n`);
  return 0;
}

/** What helps where a file cannot be written. */
const REMEDY = "make the folder writable, or use another one";

/** Node's recursive mkdir reports another reason for a file system that is read-only. */
function requireWritable(folder: string): void {
  try {
    accessSync(folder, constants.W_OK);
  } catch (error) {
    const [reason] = (error as Error).message.split(", ");
    throw new ConfigurationError(`${folder}: cannot be written (${reason}); ${REMEDY}`);
  }
}

function requireFolder(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
  throw new ConfigurationError(`${folder}: is no folder; create it, or name another one with --project`);
}

/** The names of the sandboxes that the project declares after init. */
async function sandboxesAfterwards(folder: string, facts: FolderFacts): Promise<readonly string[]> {
  // Declarations cannot be loaded before the package is installed.
  if (!facts.isDeclared || !facts.installed.includes("nestbox")) return [projectName(facts)];
  return (await readSandboxes(folder)).map(({ name }) => name);
}

/** Emits the files for GitLab CI and compose, and returns what emit prints. */
async function emitOrUndo(
  folder: string,
  undo: () => Promise<void>,
  invocation: Invocation,
): Promise<string> {
  const stdout = new PassThrough();
  try {
    await emit({ project: folder }, { ...invocation, stdout });
  } catch (error) {
    await undo();
    throw error;
  }
  stdout.end();
  return text(stdout);
}

/** @throws ConfigurationError for what cannot be imported, and for declarations that are there */
function importedModule(
  folder: string,
  facts: FolderFacts,
  files: readonly string[],
  services: readonly string[],
): ImportedModule {
  const { sandboxes } = modulesOf(facts);
  if (facts.isDeclared)
    throw new ConfigurationError(
      `--from: ${sandboxes} is there already; use nestbox import ${files.join(" ")}`,
    );
  return importCompose({
    ...{ project: folder, files, services, name: projectName(facts), asList: true },
    projectFromModule: projectFrom(sandboxes),
  });
}

/** The last column of a list. */
const LAST_COLUMN = 78;

function defaultNote(folder: string, file: string): string {
  const others = CATALOG.slice(1).map(({ name }, index, all) => (index < all.length - 1 ? `${name},` : name));
  const note = `${file} has redis, the default. --service chooses others:\n${indentedLines(others)}`;
  const compose = COMPOSE_FILES.find((name) => existsSync(path.join(folder, name)));
  return compose === undefined ? note : `${note}\n--from ${compose} declares the services of that file.`;
}

function indentedLines(words: readonly string[]): string {
  const lines: string[] = [];
  for (const word of words) {
    const longer = `${lines.at(-1) ?? " "} ${word}`;
    if (lines.length > 0 && longer.length <= LAST_COLUMN) lines[lines.length - 1] = longer;
    else lines.push(`  ${word}`);
  }
  return lines.join("\n");
}
