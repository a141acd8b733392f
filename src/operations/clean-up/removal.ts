import type { Environment } from "../../machine/environment.ts";
import { exitCodeAfter } from "../../machine/exit-codes.ts";
import { tryLock } from "../../machine/lock.cjs";
import { LABEL } from "../../model/labels.ts";
import { withLease } from "../../ownership/lease.ts";
import { ownershipLabels } from "../../ownership/ownership.ts";
import { branchEnvironment } from "../../project/branch-state.ts";
import { owns, projectOwnership } from "../../project/owner.ts";
import { openProject } from "../../project/project.ts";
import { runningTarget } from "../../project/running-target.ts";
import type { Workspace } from "../../project/workspace.ts";
import { orphansIn } from "../../stacks/orphans.ts";
import type { StackOnEngine } from "../../stacks/stack-on-engine.ts";
import { removeLocksOfRemovedStack } from "../pulumi/broken-lock.ts";
import { StackInUse } from "../pulumi/lock.ts";
import { hasState } from "../stack/stack-file.ts";
import { stackLockName } from "../stack/stack-lock.ts";
import { takeDown } from "../stack/take-down.ts";
import { describeSkipped, type ExpiredStack, findGarbage, type StackWithOrphans } from "./findings.ts";
import { ORPHANED } from "./remove-abandoned-sandboxes.ts";
import { recordRemoval } from "./removed-stacks.ts";

/** Removes a stack if it is still expired once this process holds its lock. Returns the exit code. */
export async function removeExpired(
  workspace: Workspace,
  { stack }: ExpiredStack,
  callerEnvironment: Environment,
): Promise<number> {
  const { progress, place, project, environment } = workspace;
  const release = await tryLock(stackLockName(stack.owner));
  if (release === undefined) {
    progress.print(describeSkipped(stack, "another command works on it"));
    return 0;
  }
  const labels = ownershipLabels(stack);
  try {
    // The lock does not reach other machines; the lease does.
    return await withLease(place.leases, { labels, covers: "removal" }, async (lease) => {
      const [still] = (await findGarbage(workspace, stack.owner)).expired;
      if (still === undefined) return 0;
      if (still.inState)
        return takeDown(await workspaceFor(workspace, stack, callerEnvironment), { wait: false, lease });
      await lease.confirm();
      // Not by the owner label: a stack that is recreated meanwhile has the same one.
      const removed = await place.remove(still.stack.parts);
      const mayStayInState = !owns(workspace, stack) || !hasState(workspace);
      if (!mayStayInState) removeLocksOfRemovedStack(environment, project.name, stack.stack);
      if (stack.branch !== undefined && mayStayInState)
        await recordRemoval(place.leases, still.stack, labels);
      const names = removed.join(", ") || "the record of its end";
      progress.done(`stack ${stack.stack}: removed ${names}`);
      return 0;
    });
  } catch (error) {
    if (error instanceof StackInUse) {
      progress.print(describeSkipped(stack, error.message));
      return 0;
    }
    progress.fail(`stack ${stack.stack} of ${project.name}: ${(error as Error).message}`);
    return exitCodeAfter(error);
  } finally {
    await release();
  }
}

/**
 * Removes those orphans of a stack that are still there. Returns the exit code. It takes no lock: no running
 * command uses an orphan.
 */
export async function removeListedOrphans(
  { place, progress }: Workspace,
  { stack, orphans }: StackWithOrphans,
): Promise<number> {
  try {
    const [resources, now] = await Promise.all([place.readOwned(stack.owner), place.leases.now()]);
    // The name of a reservation is its id: another lease may own it by now.
    const still = orphansIn(resources, now).filter(({ id, labels }) =>
      orphans.some((one) => one.id === id && one.labels[LABEL.lease] === labels[LABEL.lease]),
    );
    const names = (await place.remove(still)).join(", ");
    if (names !== "") progress.done(`stack ${stack.stack}: removed ${names}, ${ORPHANED}`);
    return 0;
  } catch (error) {
    progress.fail(`stack ${stack.stack}: ${(error as Error).message}`);
    return 1;
  }
}

/** The workspace of another stack of the project, with the passphrase of that stack. */
async function workspaceFor(
  workspace: Workspace,
  { stack, branch }: StackOnEngine,
  callerEnvironment: Environment,
): Promise<Workspace> {
  const choice = { project: workspace.project.folder, stack, branch };
  const project = await openProject(choice, { declarations: false });
  const ownership = projectOwnership(project, workspace.environment);
  const ofStack = { ...workspace, project, ownership, owner: ownership.owner };
  if (branch === undefined) return ofStack;
  const { PULUMI_CONFIG_PASSPHRASE, PULUMI_CONFIG_PASSPHRASE_FILE } = callerEnvironment;
  const target = await runningTarget(workspace.targets, project.settings.target, project.settingsFile);
  const environment = {
    ...{ ...workspace.environment, PULUMI_CONFIG_PASSPHRASE, PULUMI_CONFIG_PASSPHRASE_FILE },
    ...branchEnvironment(project.folder, callerEnvironment, target),
  };
  return { ...ofStack, environment };
}
