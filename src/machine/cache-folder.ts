import { homedir } from "node:os";
import { join } from "node:path";
import type { Environment } from "./environment.ts";

/**
 * The cache folder, shared by all projects of a user: `$NESTBOX_CACHE`, else `$XDG_CACHE_HOME/nestbox`, else
 * `~/.cache/nestbox`. It may be deleted while no program in it runs.
 */
export function cacheFolder(environment: Environment): string {
  if (environment.NESTBOX_CACHE) return environment.NESTBOX_CACHE;
  return join(environment.XDG_CACHE_HOME || join(environment.HOME || homedir(), ".cache"), "nestbox");
}
