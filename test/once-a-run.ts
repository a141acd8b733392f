import { existsSync, renameSync, rmSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { acquireLock } from "../src/machine/lock.cjs";
import { RUN_FOLDER } from "./run-folder.ts";

/**
 * A folder that is filled once in a run of the tests, by the first file that needs it. The others wait.
 * @param fill fills a folder, which then gets its final name
 */
export async function onceARun(name: string, fill: (folder: string) => Promise<void>): Promise<string> {
  const folder = path.join(RUN_FOLDER, name);
  const release = await acquireLock(folder);
  try {
    if (existsSync(folder)) return folder;
    const unfinished = `${folder}.unfinished`;
    rmSync(unfinished, { recursive: true, force: true });
    await mkdir(unfinished);
    await fill(unfinished);
    renameSync(unfinished, folder);
    return folder;
  } finally {
    await release();
  }
}
