import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Removes the lock files of a stack that Pulumi cannot read, and returns how many. Pulumi leaves a truncated
 * file when it is killed or the disk is full, and then refuses the stack (pkg/backend/diy/lock.go). Only
 * local folders are affected: a server stores a lock as a whole.
 * @param before in milliseconds since 1970; another process may still be writing a later file
 */
export function removeBrokenLocks(stack: string, before: number): number {
  const isOlder = (file: string) => (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? before) < before;
  const broken = lockFilesOf(stack).filter((file) => isOlder(file) && isBrokenJson(file));
  for (const file of broken) rmSync(file, { force: true });
  return broken.length;
}

function lockFilesOf(stack: string): readonly string[] {
  const backend = process.env.PULUMI_BACKEND_URL ?? "";
  if (!backend.startsWith("file:///")) return [];
  const projects = path.join(fileURLToPath(backend), ".pulumi", "locks", "organization");
  return filesIn(projects).flatMap((project) => filesIn(path.join(project, stack)));
}

function filesIn(folder: string): readonly string[] {
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
