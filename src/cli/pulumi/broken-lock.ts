import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Removes the locks of a stack that Pulumi cannot read: killed while it wrote one, or on a full disk, it
 * leaves a file that begins a lock, and then refuses to do anything with the stack (pkg/backend/diy/lock.go).
 * Only where the state is in a local folder; a server has either the whole lock or none. Gives how many it
 * removed.
 * @param before in milliseconds since 1970: what was written later may be somebody's who is not done yet
 */
export function removeBrokenLocks(stack: string, before: number): number {
  const broken = lockFilesOf(stack).filter((file) => isBroken(file, before));
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

function isBroken(file: string, before: number): boolean {
  try {
    if (statSync(file).mtimeMs >= before) return false;
    JSON.parse(readFileSync(file, "utf8"));
    return false;
  } catch (error) {
    // Anything else means that its holder has just given it back.
    return error instanceof SyntaxError;
  }
}
