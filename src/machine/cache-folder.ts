import { homedir } from "node:os";
import { join } from "node:path";

/**
 * Where what takes long to make is kept, shared by all projects of this user: `$NESTBOX_CACHE`, else
 * `$XDG_CACHE_HOME/nestbox`, else `~/.cache/nestbox`. It may be deleted while nothing of it runs.
 */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const own = environment.NESTBOX_CACHE;
  if (own) return own;
  const shared = environment.XDG_CACHE_HOME;
  return join(shared || join(environment.HOME || homedir(), ".cache"), "nestbox");
}
