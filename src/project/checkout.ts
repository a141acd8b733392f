import { existsSync, realpathSync, statSync } from "node:fs";
import path from "node:path";
import { ownPlace, type ProcessPlace } from "../machine/process-place.ts";
import { git } from "./git.ts";

/** A checkout, as the lease of its sandboxes records it. */
interface Checkout {
  readonly host: string;
  /** The folder of git's own data, which all worktrees of a repository share. */
  readonly repository: string;
  /** The root of the checkout. */
  readonly root: string;
  /** Where its folder was seen last. Absent where the system does not report a boot ID. */
  readonly seen?: Pick<ProcessPlace, "boot" | "namespace"> & {
    /** The number of its device, which is stable until the machine restarts. */
    readonly device: number;
  };
}

/**
 * The checkout of a project for the lease of its sandboxes. Undefined outside git: nothing reports then that
 * it was removed.
 */
export function checkoutOf(folder: string, place = ownPlace()): string | undefined {
  const { exitCode, output } = git(folder, "rev-parse", "--git-common-dir", "--show-toplevel");
  const [common, root] = output.split("\n");
  if (exitCode !== 0 || !common || !root) return undefined;
  const { host, boot, namespace } = place;
  const real = realpathSync(root);
  const checkout: Checkout = {
    host,
    repository: realpathSync(path.resolve(folder, common)),
    root: real,
    ...(boot !== "-" && { seen: { boot, namespace, device: statSync(real).dev } }),
  };
  return JSON.stringify(checkout);
}

/**
 * Whether a checkout was removed from this machine: its folder is gone, and git no longer lists it among the
 * worktrees of its repository. If the repository is gone, too, as with a clone, the folder must be gone from
 * the disk that it was on, which is mounted.
 */
export function isRemovedCheckout(recorded: string | undefined, place = ownPlace()): boolean {
  const checkout = recorded === undefined ? undefined : parsed(recorded);
  if (checkout === undefined) return false;
  const { host, repository, root } = checkout;
  if (host !== place.host || existsSync(root)) return false;
  if (!existsSync(repository)) return isGoneFromDisk(checkout, place);
  const { exitCode, output } = git(repository, "worktree", "list", "--porcelain");
  return exitCode === 0 && !output.split("\n").includes(`worktree ${root}`);
}

/** Another machine of this name and another container see other disks, so they cannot tell. */
function isGoneFromDisk({ root, seen }: Checkout, { boot, namespace }: ProcessPlace): boolean {
  if (seen === undefined || seen.boot !== boot || seen.namespace !== namespace) return false;
  return deviceAbove(root) === seen.device;
}

/** The device of the nearest folder above that exists. Undefined where that cannot be seen. */
function deviceAbove(folder: string): number | undefined {
  const above = path.dirname(folder);
  try {
    // Throws for a folder that exists and may not be entered.
    const { dev } = statSync(above);
    return dev;
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT" && above !== folder;
    return isMissing ? deviceAbove(above) : undefined;
  }
}

/** Undefined for a text that another version or a person has written. */
function parsed(recorded: string): Checkout | undefined {
  try {
    const { host, repository, root, seen }: Partial<Checkout> = Object(JSON.parse(recorded));
    if (!host || !repository || !root) return undefined;
    return { host, repository, root, ...(seen && { seen }) };
  } catch {
    return undefined;
  }
}
