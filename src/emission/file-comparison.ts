import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { ConfigurationError } from "../model/problem.ts";
import type { EmittedPath } from "../sandbox/target.ts";
import { type EmittedFile, originOf } from "../text/emitted-file.ts";

/** An emitted file and the content that its path has now. */
export interface FileComparison {
  /** From the project's folder, with slashes. */
  readonly path: string;
  /** The emitted file. Undefined if no declared sandbox has a file at this path. */
  readonly file?: EmittedFile;
  /** The present content. Undefined if there is none. */
  readonly found?: string | undefined;
  /**
   * - `missing`: no file exists
   * - `outdated`: generated from earlier declarations
   * - `edited`: changed since it was generated
   * - `foreign`: not generated
   * - `stale`: generated for a sandbox or jobs that are no longer declared
   * - `kept`: the project's own file that takes effect by its presence, which is never overwritten
   */
  readonly state: "unchanged" | "missing" | "outdated" | "edited" | "foreign" | "stale" | "kept";
}

/**
 * Compares emitted files with a folder, and finds its generated files that belong to no declared sandbox.
 * @param paths the folders below it with emitted files, and the extensions of these, or single files.
 * Without one, nothing is stale
 * @throws ConfigurationError for an unreadable file
 */
export async function compareFiles(
  folder: string,
  files: readonly EmittedFile[],
  paths: readonly EmittedPath[],
): Promise<readonly FileComparison[]> {
  const read = (relative: string) => readIfPresent(path.join(folder, relative));
  const listed = paths.map(async (one) => {
    if (typeof one === "string") return existsSync(path.join(folder, one)) ? [one] : [];
    const names = await readdir(path.join(folder, one.folder), { recursive: true }).catch(() => []);
    return names.filter((name) => name.endsWith(one.extension)).map((name) => `${one.folder}/${name}`);
  });
  const emittedPaths = new Set(files.map((file) => file.path));
  const others = (await Promise.all(listed)).flat().filter((other) => !emittedPaths.has(other));
  const emitted = files.map(async (file): Promise<FileComparison> => {
    const found = await read(file.path);
    return { path: file.path, file, found, state: stateOf(file, found) };
  });
  const stale = others.sort().map(async (other): Promise<readonly FileComparison[]> => {
    const found = (await read(other)) ?? "";
    const origin = originOf(found);
    if (origin === "foreign") return [];
    return [{ path: other, found, state: origin === "edited" ? origin : "stale" }];
  });
  return (await Promise.all([...emitted, ...stale])).flat();
}

function stateOf(file: EmittedFile, found: string | undefined): FileComparison["state"] {
  if (found === undefined) return "missing";
  if (found === file.content) return "unchanged";
  const origin = originOf(found);
  if (origin === "foreign" && file.takesEffect !== undefined) return "kept";
  return origin === "emitted" ? "outdated" : origin;
}

async function readIfPresent(file: string): Promise<string | undefined> {
  return readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (["ENOENT", "ENOTDIR", "EISDIR"].includes(error.code ?? "")) return undefined;
    throw new ConfigurationError(`${file}: cannot be read (${error.code}); make it readable for this user`);
  });
}
