import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import type { Environment } from "../../machine/environment.ts";
import { localState } from "../../stacks/state-backend.ts";
import { holderState, localView } from "./lock-holder.ts";

/**
 * Removes the lock files of a stack that Pulumi cannot read, and returns how many. Pulumi leaves a truncated
 * file when it is killed or the disk is full, and then refuses the stack (pkg/backend/diy/lock.go). Only
 * local folders are affected: a server stores a lock as a whole.
 * @param before in milliseconds since 1970; another process may still be writing a later file
 */
export function removeBrokenLocks(environment: Environment, stack: string, before: number): number {
  const isOlder = (file: string) => (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? before) < before;
  const broken = lockFilesOf(environment, "*", stack).filter((file) => isOlder(file) && isBrokenJson(file));
  for (const file of broken) rmSync(file, { force: true });
  return broken.length;
}

interface LockFile {
  readonly username: string;
  readonly hostname: string;
  readonly pid: number;
  readonly timestamp: string;
}

/**
 * Removes the lock files of a stack that is not in the state, if their holders are dead: Pulumi removes a
 * stack before its lock, and may be killed in between. Only in local folders.
 */
export function removeLocksOfRemovedStack(environment: Environment, project: string, stack: string): void {
  const view = localView(environment);
  for (const file of lockFilesOf(environment, project, stack).filter((one) => !isBrokenJson(one))) {
    const { username, hostname, pid, timestamp }: LockFile = JSON.parse(readFileSync(file, "utf8"));
    const holder = { user: username, host: hostname, pid, since: timestamp };
    if (holderState(holder, view, { isOnlyJob: false }) === "dead") rmSync(file, { force: true });
  }
}

/** @param project the name of a project, or `*` for all */
function lockFilesOf(environment: Environment, project: string, stack: string): readonly string[] {
  const state = localState(environment.PULUMI_BACKEND_URL);
  if (state === undefined) return [];
  const projects = path.join(state, "locks", "organization");
  const folders = project === "*" ? filesIn(projects) : [path.join(projects, project)];
  return folders.flatMap((folder) => filesIn(path.join(folder, stack)));
}

/** The paths of the files in a folder, which may be missing. */
export function filesIn(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder).map((name) => path.join(folder, name)) : [];
}

/** Whether a file is not JSON. Not if it cannot be read: the holder of a lock may just have removed it. */
export function isBrokenJson(file: string): boolean {
  try {
    JSON.parse(readFileSync(file, "utf8"));
    return false;
  } catch (error) {
    return error instanceof SyntaxError;
  }
}
