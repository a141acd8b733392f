import { accessSync, constants, statSync } from "node:fs";
import path from "node:path";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { writeAtomically } from "../../emission/write-atomically.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { compareFolder } from "../init/compare-folder.ts";
import { type FolderFacts, readFolder } from "../init/folder-facts.ts";
import { hints } from "../init/hints.ts";
import { type InitRequest, modulesOf, neededPackages, newFiles, projectName } from "../init/new-files.ts";
import { nextCommands } from "../init/next-commands.ts";
import { packageVersions } from "../init/package-versions.ts";
import { chooseServices, SERVICE_CHOICES } from "../init/service-choices.ts";
import { describeFiles } from "../tables/init-report.ts";
import { describeNext } from "../tables/next-steps.ts";
import { readSandboxes } from "../workspace/declared-list.ts";
import { emit, type Output } from "./emit.ts";

/** By default a sandbox on Docker alone. */
export interface InitOptions extends Partial<Omit<InitRequest, "services">> {
  /** The folder. */
  readonly project: string;
  /** The names of catalog services. @default redis */
  readonly service?: readonly string[];
}

/**
 * `nestbox init`: writes a first sandbox and what else was asked for, all or nothing. Keeps what is there.
 * @throws ConfigurationError for what is in the way, and for a folder that cannot be written
 */
export async function init(options: InitOptions, output: Output): Promise<number> {
  const { project, service = [], stack = false, runner = false, gitlab = false, target = "docker" } = options;
  const folder = path.resolve(project);
  requireFolder(folder);
  const request = { services: chooseServices(service), target, stack: stack || runner, runner, gitlab };
  const versions = packageVersions();
  const facts = readFolder(folder, Object.keys(versions));
  const sandboxes = await sandboxesAfterwards(folder, facts);
  const files = compareFolder(folder, newFiles(facts, request, versions, sandboxes));

  const changed = files.filter(({ state }) => state !== "kept");
  if (changed.length > 0) requireWritable(folder);
  const undo = await writeAtomically(folder, changed, [], REMEDY);
  const emits = gitlab && facts.installed.includes("nestbox");
  const emitted = emits ? await emitOrUndo(folder, undo, output) : "";

  const modules = modulesOf(facts);
  const notes = [
    ...(service.length === 0 && !facts.isDeclared ? [defaultNote(modules.sandboxes)] : []),
    ...hints(files, request, modules),
  ];
  const isMissing = (name: string) => !facts.installed.includes(name);
  const commands = nextCommands(request, sandboxes[0] ?? projectName(facts), {
    install: neededPackages(request, versions).some(isMissing) ? facts.installCommand : undefined,
    emission: gitlab && !emits,
  });
  const paragraphs = [describeFiles(files) + emitted, ...notes.map((note) => `${note}\n`)];
  output.stdout.write(`${[...paragraphs, describeNext(commands)].join("\n")}\n`);
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
async function emitOrUndo(folder: string, undo: () => Promise<void>, { stderr }: Output): Promise<string> {
  const stdout = new PassThrough();
  try {
    await emit({ project: folder }, { stdout, stderr });
  } catch (error) {
    await undo();
    throw error;
  }
  stdout.end();
  return text(stdout);
}

function defaultNote(file: string): string {
  const others = SERVICE_CHOICES.slice(1).map(({ name }) => name);
  return `${file} has redis, the default. --service chooses others: ${others.join(", ")}.`;
}
