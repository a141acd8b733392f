import { existsSync, renameSync } from "node:fs";
import { join } from "node:path";
import { runChild } from "../../src/machine/child-process.ts";
import { contentHash } from "../../src/machine/content-hash.ts";
import { acquireLock } from "../../src/machine/lock.cjs";
import { BASE_RECIPE, type DebianRequest, debianBase, removePredecessors } from "./debian-base.ts";
import { ENGINE_PACKAGES } from "./recipe.ts";

/** A request and the folder of this file, which holds the script that is run. */
export interface EngineRootRequest extends DebianRequest {
  readonly engineFolder: string;
}

/** Where the engine's root is, or will be: a Debian folder with the engine's packages. */
export function engineRootPath(cache: string): string {
  return join(cache, "engine", `root-${contentHash(BASE_RECIPE, ENGINE_PACKAGES)}`);
}

/** Makes the engine's root unless it is there, and returns its folder. */
export async function engineRoot(request: EngineRootRequest): Promise<string> {
  const { cache, signal, onDetail } = request;
  const root = engineRootPath(cache);
  if (existsSync(root)) return root;
  const base = await debianBase(request);
  const giveBack = await acquireLock(root, (holder) => onDetail(`waiting for process ${holder}`));
  try {
    if (existsSync(root)) return root;
    removePredecessors(root);
    const unfinished = `${root}.partial`;
    await runChild({ command: "cp", args: ["--archive", "--reflink=auto", base, unfinished], signal });
    onDetail("Docker's packages");
    const script = join(request.engineFolder, "install-packages.sh");
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
