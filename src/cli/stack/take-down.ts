import { requireNoOtherUsers } from "../../docker/other-users.ts";
import { type HeldLease, isHeld, leasesIn } from "../../ownership/lease.ts";
import type { OwnedResource } from "../../ownership/owned-resource.ts";
import { createdBefore, type Place } from "../../ownership/place.ts";
import { EXIT_FAILED } from "../exit-codes.ts";
import { removeLocksOfRemovedStack } from "../pulumi/broken-lock.ts";
import { isUnknownStack } from "../pulumi/explain-errors.ts";
import { runWhenUnlocked, type UnlockedResult } from "../pulumi/lock.ts";
import { PulumiCommandError } from "../pulumi/pulumi-command.ts";
import type { Project } from "../workspace/project.ts";
import { ownerLabel } from "../workspace/stack-owner.ts";
import { isInCluster, type Workspace } from "../workspace/workspace.ts";
import { withReadableState } from "./broken-state.ts";
import { removeOrphans } from "./remove-orphans.ts";
import { localStacks, stateFileOf } from "./stack-file.ts";
import { asStackStep } from "./stack-step.ts";

/**
 * Removes all resources of a stack. The caller holds the stack's lock. Returns the exit code.
 * @param options.wait whether to wait for a process on another machine that works on the stack. Default: true
 * @param options.lease the caller's lease of the removal. Default: none
 * @throws StackInUse when there is such a process and waiting is disabled; LeaseLost
 */
export async function takeDown(
  workspace: Workspace,
  { wait = true, lease }: { readonly wait?: boolean; readonly lease?: HeldLease } = {},
): Promise<number> {
  const { project, progress, place } = workspace;
  let startedAt = Date.now();
  const owner = ownerLabel(project, process.env);
  if (!isInCluster(workspace))
    await requireNoOtherUsers(workspace.engine, await place.readOwned(owner), owner);
  if (mayBeInState(project)) {
    const destruction = {
      command: workspace.pulumi,
      operation: "destroy",
      folder: project.folder,
      stack: project.stack,
      // The settings of a branch's stack are generated; those of another stack were written by the user.
      remove: project.settings.branch !== undefined,
      environment: workspace.environment,
      progress,
      signal: lease?.lost,
    } as const;
    // An orphan may block the removal, for example a container that of its network.
    const removeLeft = async (result: UnlockedResult) => {
      const orphans = await removeOrphans(workspace, [], result);
      if (orphans.length > 0) progress.done(`removed ${orphans.join(", ")}, left by a killed command`);
      return orphans.length > 0;
    };
    // Otherwise Pulumi would try to remove that network for half a minute.
    const afterTakeOver = async (result: UnlockedResult) => {
      await removeLeft(result).catch(ignoreUnreadableState);
    };
    const destroy = async () => {
      await lease?.confirm();
      const result = await ignoreUnknownStack(runWhenUnlocked(destruction, { wait, afterTakeOver }));
      startedAt = result.startedAt;
      return result;
    };
    const { exitCode } = await asStackStep(workspace, "taken down", async () => {
      const first = await withReadableState(workspace, destroy);
      if (first.exitCode !== EXIT_FAILED) return first;
      return (await removeLeft(first)) ? destroy() : first;
    });
    lease?.lost.throwIfAborted();
    if (exitCode !== 0) return exitCode;
  } else {
    removeLocksOfRemovedStack(project.name, project.stack);
    progress.done(`stack ${project.stack} is not up`);
  }
  await lease?.confirm();
  const removed = await place.remove(await ownedBefore(place, owner, startedAt));
  if (removed.length > 0) progress.done(`also removed ${removed.join(", ")}, not in the state`);
  return 0;
}

/** The removal itself reports a state that cannot be read. */
function ignoreUnreadableState(error: unknown): void {
  if (!(error instanceof PulumiCommandError)) throw error;
}

/** Owned resources created before destroy began, without the leases of other processes that remove them. */
async function ownedBefore(
  place: Place,
  owner: string,
  startedAt: number,
): Promise<readonly OwnedResource[]> {
  const [owned, now] = await Promise.all([place.readOwned(owner), place.leases.now()]);
  const removals = leasesIn(owned).filter((lease) => lease.covers === "removal" && isHeld(lease, now));
  const left = owned.filter(({ name }) => !removals.some((lease) => lease.name === name));
  return createdBefore(place.leases, left, startedAt);
}

/** Whether the state may contain the stack. Only a local folder is checked; other backends need Pulumi. */
function mayBeInState({ name, stack }: Project): boolean {
  return localStacks(name) === undefined || stateFileOf(name, stack) !== undefined;
}

/** The result of destroying a stack, a success if the stack is not in the state. */
async function ignoreUnknownStack(operation: Promise<UnlockedResult>): Promise<UnlockedResult> {
  const result = await operation;
  return isUnknownStack(result.errors) ? { ...result, exitCode: 0, errors: [] } : result;
}
