import { acquireLock } from "../../machine/lock.cjs";
import type { Workspace } from "../../project/workspace.ts";
import { ownerTitle } from "./stack-use.ts";

/**
 * Runs work on a stack while no other command on this machine works on it. Pulumi's own lock covers neither
 * the checks before an operation nor the clean-up after it. The kernel releases this lock when its holder
 * dies.
 */
export async function withStackLock<Result>(
  { owner, project, progress }: Pick<Workspace, "owner" | "project" | "progress">,
  work: () => Promise<Result>,
): Promise<Result> {
  const release = await acquireLock(stackLockName(owner), (holder) =>
    progress.print(`… ${ownerTitle(project)}: waiting for process ${holder}, which holds its lock`),
  );
  try {
    return await work();
  } finally {
    await release();
  }
}

export function stackLockName(owner: string): string {
  return `stack ${owner}`;
}
