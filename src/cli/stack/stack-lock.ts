import { acquireLock } from "../../machine/lock.cjs";
import { ownerLabel } from "../workspace/stack-plan.ts";
import type { Workspace } from "../workspace/workspace.ts";

/**
 * Works on a stack when no other command of this machine does. Pulumi has locks of its own, but they come
 * later: what is on the engine is looked at before, and cleaned up after. The kernel gives the lock back when
 * its holder dies, however it dies.
 */
export async function withStackLock<Result>(
  workspace: Workspace,
  work: () => Promise<Result>,
): Promise<Result> {
  const { project, progress } = workspace;
  const giveBack = await acquireLock(stackLockName(ownerLabel(project, process.env)), (holder) =>
    progress.print(`… stack ${project.stack}: waiting for process ${holder}, which works on it`),
  );
  try {
    return await work();
  } finally {
    await giveBack();
  }
}

/** The name of the lock of what an owner has. */
export function stackLockName(owner: string): string {
  return `stack ${owner}`;
}
