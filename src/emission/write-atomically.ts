import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, rmdir, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { ConfigurationError } from "../model/problem.ts";
import type { EmittedFile } from "../text/emitted-file.ts";

/**
 * Writes and removes files in a folder, all or none. It first writes each content to a temporary file beside
 * its target, then renames them all. A failure restores the previous contents.
 * @param removed the paths of the files to remove
 * @param remedy what the user can do about a file that cannot be written
 * @returns a function that restores the previous contents
 * @throws ConfigurationError naming the file that cannot be written
 */
export async function writeAtomically(
  folder: string,
  files: readonly EmittedFile[],
  removed: readonly string[] = [],
  remedy = "choose another folder with --out",
): Promise<() => Promise<void>> {
  const undo: (() => Promise<unknown>)[] = [];
  const undoAll = async () => {
    for (const step of undo) await step().catch(() => undefined);
  };
  let current = folder;
  try {
    const prepared: { readonly temporary: string; readonly target: string }[] = [];
    for (const { path: relative, content } of files) {
      current = path.join(folder, relative);
      const isFolder = await stat(current).then(
        (found) => found.isDirectory(),
        () => false,
      );
      if (isFolder) throw new Error("it is a folder");
      await createFolder(path.dirname(current), undo);
      const temporary = `${current}.${randomBytes(6).toString("hex")}`;
      undo.unshift(() => rm(temporary, { force: true }));
      await writeFile(temporary, content, { flag: "wx" });
      prepared.push({ temporary, target: current });
    }
    for (const { temporary, target } of prepared) {
      current = target;
      const before = await readFile(target).catch(() => undefined);
      undo.unshift(() => (before === undefined ? rm(target, { force: true }) : writeFile(target, before)));
      await rename(temporary, target);
    }
    for (const relative of removed) {
      current = path.join(folder, relative);
      const target = current;
      const before = await readFile(target);
      undo.unshift(() => writeFile(target, before));
      await rm(target);
    }
    return undoAll;
  } catch (error) {
    await undoAll();
    const reason = error instanceof Error ? error.message.replace(/, \w+ '.*$/, "") : String(error);
    throw new ConfigurationError(
      `${current}: cannot be written (${reason}), so no file was changed; ${remedy}`,
    );
  }
}

/** Creates a folder and those above it. Not by Node's recursive mkdir, which never returns in /proc. */
async function createFolder(folder: string, undo: (() => Promise<unknown>)[]): Promise<void> {
  if (existsSync(folder)) return;
  await createFolder(path.dirname(folder), undo);
  await mkdir(folder);
  undo.unshift(() => rmdir(folder));
}
