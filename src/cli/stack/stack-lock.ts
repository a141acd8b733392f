import { acquireLock } from "../../machine/lock.cjs";
import { ownerLabel } from "../workspace/stack-owner.ts";
import type { Workspace } from "../workspace/workspace.ts";

/**
 * Runs work on a stack while no other command on this machine works on it. Pulumi's own lock covers neither
 * the checks before an operation nor the clean-up after it. The kernel releases this lock when its holder
 * dies.
 */
export async function withStackLock<Result>(
  workspace: Workspace,
  work: () => Promise<Result>,
): Promise<Result> {
  const { project, progress } = workspace;
  const release = await acquireLock(stackLockName(ownerLabel(project, process.env)), (holder) =>
    progress.print(`… stack ${project.stack}: waiting for process ${holder}, which holds its lock`),
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
