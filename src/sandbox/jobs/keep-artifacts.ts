import { createWriteStream } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import picomatch from "picomatch";
import type { PlannedArtifacts } from "../../model/plan/plan.ts";
import type { Progress } from "../../terminal/progress.ts";
import { succeeded } from "../job-end.ts";
import type { KeepArtifacts } from "../running-sandbox.ts";

/** Where a project's runs keep artifacts, a folder for each sandbox and in it one for each job. */
export const ARTIFACTS_FOLDER = path.join(".nestbox", "artifacts");

/** Empties a project's folder of a job's artifacts, which the next run fills. */
export async function emptyArtifacts(folder: string, job: string): Promise<void> {
  await rm(path.join(folder, job), { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  // So that they get into no commit, and into no job's copy of the project.
  await writeFile(path.join(folder, ".gitignore"), "*\n");
}

/**
 * Keeps the artifacts of a job in a folder, and nothing outside of it. Links are left out.
 * @param name names the job in what is printed
 */
export function keepArtifacts(
  { when, ...artifacts }: PlannedArtifacts,
  folder: string,
  name: string,
  progress: Pick<Progress, "print" | "warn">,
): KeepArtifacts {
  return async (end, read) => {
    if (end.kind === "interrupted") return;
    if (when !== "always" && (when === "on_success") !== succeeded(end)) return;
    const patterns = patternsOf(artifacts).map((pattern) => ({
      pattern,
      matches: matcher(pattern),
      files: 0,
    }));
    let files = 0;
    for (const root of outermost(patterns.map(({ pattern }) => picomatch.scan(pattern).base || "."))) {
      const archive = await read(root);
      if (archive === undefined) continue;
      for await (const { file, mode, content } of filesIn(archive, root)) {
        const matching = patterns.filter(({ matches }) => withFolders(file).some((one) => matches(one)));
        for (const one of matching) one.files += 1;
        if (matching.length === 0) content.resume();
        else {
          files += 1;
          await writeTo(path.join(folder, file), content, mode);
        }
      }
    }
    for (const { pattern } of patterns.filter((one) => one.files === 0))
      progress.warn(`${name}: no file for the artifacts "${pattern}"`);
    if (files > 0)
      progress.print(`… ${name}: ${files} ${files === 1 ? "artifact" : "artifacts"} in ${folder}`);
  };
}

function patternsOf({ paths, reports: { junit, coverage } = {} }: Omit<PlannedArtifacts, "when">) {
  const all = [...paths, junit, coverage?.path].filter((one) => one !== undefined);
  return [...new Set(all.map(withoutEndingSlash))];
}

/** As GitLab's: a star matches names that start with a dot, too. */
function matcher(pattern: string): (file: string) => boolean {
  return picomatch(pattern === "." ? "**" : pattern, { dot: true });
}

/** The paths that are in none of the others. */
function outermost(paths: readonly string[]): readonly string[] {
  const all = [...new Set(paths.map(withoutEndingSlash))];
  const isIn = (one: string, other: string) => other === "." || one.startsWith(`${other}/`);
  return all.filter((one) => !all.some((other) => other !== one && isIn(one, other)));
}

function withoutEndingSlash(written: string): string {
  return path.posix.normalize(written).replace(/(?<=.)\/+$/, "");
}

/** The files of an archive of a path. The first part of each name in it stands for the path. */
async function* filesIn(archive: Readable, root: string) {
  // Imported here: most commands read no archive.
  const { extract } = await import("tar-stream");
  const entries = extract();
  archive.once("error", (error) => entries.destroy(error)).pipe(entries);
  try {
    for await (const entry of entries) {
      const { name, type, mode = 0o644 } = entry.header;
      const file = path.posix.join(root, name.split("/").slice(1).join("/"));
      if (type === "file" && !file.startsWith("../")) yield { file, mode, content: entry };
      else entry.resume();
    }
  } finally {
    archive.destroy();
  }
}

/** A path, and the folders that it is in. */
function withFolders(file: string): readonly string[] {
  const parts = file.split("/");
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

async function writeTo(file: string, content: AsyncIterable<unknown>, mode: number): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await pipeline(content, createWriteStream(file, { mode: mode & 0o777 }));
}
