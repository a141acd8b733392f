import { existsSync, renameSync } from "node:fs";
import { join } from "node:path";
import { contentHash } from "../content-hash.ts";
import type { Task } from "../dependencies.ts";
import { BASE_RECIPE, debianBase, removePredecessors } from "./debian-base.ts";
import { ENGINE_PACKAGES } from "./recipe.ts";

/** The path of the engine's root, a Debian folder with the engine's packages. It may not exist yet. */
export function engineRootPath(cache: string): string {
  return join(cache, "engine", `root-${contentHash(BASE_RECIPE, ENGINE_PACKAGES)}`);
}

/** Creates the engine's root unless it exists, and returns its path. */
export async function engineRoot(task: Task): Promise<string> {
  const { cache, signal, onDetail } = task;
  const { acquireLock, runChild } = task.dependencies;
  const root = engineRootPath(cache);
  if (existsSync(root)) return root;
  const base = await debianBase(task);
  const giveBack = await acquireLock(root, (holder) => onDetail(`waiting for process ${holder}`));
  try {
    if (existsSync(root)) return root;
    removePredecessors(root);
    const unfinished = `${root}.partial`;
    await runChild({ command: "cp", args: ["--archive", "--reflink=auto", base, unfinished], signal });
    onDetail("Docker's packages");
    const script = join(import.meta.dirname, "install-packages.sh");
    await runChild({
      command: "unshare",
      args: ["--mount", "--propagation", "private", "sh", script, unfinished, ...ENGINE_PACKAGES],
      signal,
      log: join(cache, "logs", "engine-root.log"),
      onLine: (line) => onDetail(line),
    });
    renameSync(unfinished, root);
    return root;
  } finally {
    await giveBack();
  }
}
