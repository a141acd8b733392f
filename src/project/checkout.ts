import { existsSync, realpathSync } from "node:fs";
import path from "node:path";
import { ownPlace } from "../machine/process-place.ts";
import { git } from "./git.ts";

/** A checkout, as the lease of its sandboxes records it. */
interface Checkout {
  readonly host: string;
  /** The folder of git's own data, which all worktrees of a repository share. */
  readonly repository: string;
  /** The root of the checkout. */
  readonly root: string;
}

/**
 * The checkout of a project for the lease of its sandboxes. Undefined outside git: nothing reports then that
 * it was removed.
 */
export function checkoutOf(folder: string): string | undefined {
  const { exitCode, output } = git(folder, "rev-parse", "--git-common-dir", "--show-toplevel");
  const [common, root] = output.split("\n");
  if (exitCode !== 0 || !common || !root) return undefined;
  const checkout: Checkout = {
    host: ownPlace().host,
    repository: realpathSync(path.resolve(folder, common)),
    root: realpathSync(root),
  };
  return JSON.stringify(checkout);
}

/**
 * Whether a checkout was removed: it was on this machine, its folder is gone, and git no longer lists it
 * among the worktrees of its repository. Not if the repository itself is gone: its disk may be unmounted.
 */
export function isRemovedCheckout(recorded: string | undefined): boolean {
  const checkout = recorded === undefined ? undefined : parsed(recorded);
  if (checkout === undefined) return false;
  const { host, repository, root } = checkout;
  if (host !== ownPlace().host || existsSync(root)) return false;
  const { exitCode, output } = git(repository, "worktree", "list", "--porcelain");
  return exitCode === 0 && !output.split("\n").includes(`worktree ${root}`);
}

/** Undefined for a text that another version or a person has written. */
function parsed(recorded: string): Checkout | undefined {
  try {
    const { host, repository, root }: Partial<Checkout> = Object(JSON.parse(recorded));
    return host && repository && root ? { host, repository, root } : undefined;
  } catch {
    return undefined;
  }
}
