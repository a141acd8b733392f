import { randomBytes } from "node:crypto";
import { mkdir, readFile, rename, rm, rmdir, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { ConfigurationError } from "../model/problem.ts";
import type { EmittedFile } from "./emitted-file.ts";

/**
 * Writes and removes files in a folder: all of them, or none. Each new content is first written beside its
 * place; only when all are there do they take their places, and if one cannot, the others get back what was
 * there.
 * @throws ConfigurationError naming the file that cannot be written
 */
export async function writeTogether(
  folder: string,
  files: readonly EmittedFile[],
  removed: readonly string[],
): Promise<void> {
  const undo: (() => Promise<unknown>)[] = [];
  let current = folder;
  try {
    const prepared: { readonly temporary: string; readonly target: string }[] = [];
    for (const { path: relative, content } of files) {
      current = path.join(folder, relative);
      const isFolder = await stat(current).then(
        (found) => found.isDirectory(),
        () => false,
      );
      if (isFolder) throw new Error("a folder has that name");
      const made = await mkdir(path.dirname(current), { recursive: true });
      if (made !== undefined)
        undo.unshift(() => removeEmpty(path.dirname(path.join(folder, relative)), made));
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
  } catch (error) {
    for (const step of undo) await step().catch(() => undefined);
    const reason = error instanceof Error ? error.message.replace(/, \w+ '.*$/, "") : String(error);
    throw new ConfigurationError(
      `${current}: cannot be written (${reason}); nothing was changed. Name another folder with --out`,
    );
  }
}

/** Removes folders that were made for a file, from the innermost to the first that was made. */
async function removeEmpty(innermost: string, first: string): Promise<void> {
  for (let folder = innermost; folder.length >= first.length; folder = path.dirname(folder))
    await rmdir(folder);
}
