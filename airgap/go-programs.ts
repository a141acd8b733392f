import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { basename, delimiter, dirname, join } from "node:path";
import { contentHash } from "./content-hash.ts";
import type { Dependencies, Task } from "./dependencies.ts";

/** Programs of a Go module. */
export interface GoPrograms {
  /** The folder with go.mod. */
  readonly moduleFolder: string;
  /** Packages with a `main`. The last part of each is the name of its program. */
  readonly packages: readonly string[];
  /** Build tags. @default none */
  readonly tags?: readonly string[];
  /** Values of string variables that the linker sets, by their full name. @default none */
  readonly variables?: Readonly<Record<string, string>>;
}

export interface CompileTask extends Omit<Task, "dependencies"> {
  readonly dependencies: Pick<Dependencies, "acquireLock" | "runChild">;
}

/** Programs cannot be compiled here: Go is missing or too old, or its proxy does not serve a module. */
export class CannotCompile extends Error {
  override readonly name = "CannotCompile";
}

/** Less garbage collection in Go's compiler: a sixth less work, but 1.1 GB of memory instead of 0.65. */
const GOGC = "400";
/** The suffix of the folder of an unfinished build. */
const UNFINISHED = ".unfinished-";

/** The Go sources of a module. Their hash is part of the path of its programs. */
export function sourcesOf(moduleFolder: string): readonly string[] {
  return readdirSync(moduleFolder, { recursive: true })
    .map((name) => join(moduleFolder, String(name)))
    .filter((file) => /(\.go|go\.mod|go\.sum)$/.test(file))
    .sort();
}

/** The folder of compiled programs; it may not exist yet. */
export function programsFolder(
  cache: string,
  { moduleFolder, tags = [], variables = {} }: GoPrograms,
): string {
  const sources = sourcesOf(moduleFolder).map((file) => readFileSync(file, "utf8"));
  const options = [...tags, ...Object.entries(variables).flat()];
  // Dockerfiles contain the last part.
  return join(cache, basename(moduleFolder), contentHash(sources, options), "compiled");
}

/**
 * Compiles the missing programs in one build, which takes minutes once. A killed build leaves no incomplete
 * program, and Go's cache keeps its packages.
 *
 * @returns the folder with the programs
 * @throws CannotCompile if Go is missing or too old, or its proxy does not serve a module; else the error of
 *   runChild
 */
export async function compileGoPrograms(programs: GoPrograms, task: CompileTask): Promise<string> {
  const folder = programsFolder(task.cache, programs);
  const missing = () => programs.packages.filter((name) => !existsSync(join(folder, basename(name))));
  if (missing().length === 0) return folder;
  const giveBack = await task.dependencies.acquireLock(folder, (holder) =>
    task.onDetail(`waiting for process ${holder}`),
  );
  try {
    const packages = missing();
    if (packages.length > 0) await compileInto(folder, { ...programs, packages }, task);
    return folder;
  } finally {
    await giveBack();
  }
}

async function compileInto(folder: string, programs: GoPrograms, task: CompileTask): Promise<void> {
  const { cache, signal, onDetail, dependencies } = task;
  if (!isOnPath("go")) throw new CannotCompile("Go is not installed (https://go.dev/doc/install)");
  mkdirSync(folder, { recursive: true });
  removeUnfinished(folder);
  const unfinished = mkdtempSync(`${folder}${UNFINISHED}`);
  let packages = 0;
  onDetail("fetching its Go modules");
  try {
    await dependencies.runChild({
      command: "go",
      args: buildArguments(programs, join(unfinished, "programs")),
      folder: programs.moduleFolder,
      environment: { GOGC, ...process.env, CGO_ENABLED: "0", GOTMPDIR: unfinished },
      signal,
      log: join(cache, "logs", `${basename(programs.moduleFolder)}-compile.log`),
      onLine: () => {
        packages += 1;
        onDetail(`compiling: ${packages} packages so far, takes some minutes once`);
      },
    });
    for (const name of programs.packages.map((each) => basename(each))) {
      renameSync(join(unfinished, "programs", name), join(folder, name));
    }
  } catch (error) {
    throw cannotCompile(error) ?? error;
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

function buildArguments({ packages, tags = [], variables = {} }: GoPrograms, folder: string): string[] {
  const linked = Object.entries(variables).map(([name, value]) => `-X ${name}=${value}`);
  return [
    ...["build", "-v", "-mod=readonly", "-buildvcs=false", "-trimpath"],
    // Without debug information, a fifth of the work.
    "-gcflags=all=-dwarf=false",
    ...(tags.length > 0 ? [`-tags=${tags.join(",")}`] : []),
    `-ldflags=${["-s -w", ...linked].join(" ")}`,
    `-o=${folder}/`,
    ...packages,
  ];
}

function isOnPath(program: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => existsSync(join(folder, program)));
}

/** Removes the folders of killed builds of the same programs. The caller holds their lock. */
function removeUnfinished(folder: string): void {
  const prefix = `${basename(folder)}${UNFINISHED}`;
  for (const name of readdirSync(dirname(folder))) {
    if (name.startsWith(prefix)) rmSync(join(dirname(folder), name), { recursive: true, force: true });
  }
}

/** The error of a build that failed because of this machine or its network; undefined for other failures. */
function cannotCompile(error: unknown): CannotCompile | undefined {
  const { lastLines = [] } = error as { readonly lastLines?: readonly string[] };
  const output = lastLines.join("\n");
  const [, oldGo] = /(?:go\.mod|\S+@\S+) (requires go >= .+)/.exec(output) ?? [];
  if (oldGo !== undefined)
    return new CannotCompile(`Go is too old: it ${oldGo}; install a newer one (https://go.dev/doc/install)`);
  const [, changed] = /^verifying (\S+): checksum mismatch$/m.exec(output) ?? [];
  if (changed !== undefined)
    return new CannotCompile(
      `${changed}: the Go proxy serves another module than go.sum records; set GOPROXY to one that serves ` +
        "the original",
    );
  // "go: MODULE@VERSION: REASON", "FILE.go:3:8: MODULE@VERSION: REASON"; without the module where Go asks no
  // proxy.
  const [, module = "a Go module", reason] =
    /(?:^|\s)(\S+@v[^\s:/]+): ((?:reading|Get|unrecognized import path|invalid version)\b.+)/.exec(output) ??
    /(?:^|\s)(?:(\S+@v[^\s:/]+): )?(module lookup disabled.+)/.exec(output) ??
    [];
  if (reason === undefined) return undefined;
  return new CannotCompile(
    `${module} cannot be fetched: ${reason}; let the proxy in GOPROXY serve it, or set GOPROXY to one ` +
      "that does",
  );
}
