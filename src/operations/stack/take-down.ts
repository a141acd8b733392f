import { EXIT_FAILED } from "../../machine/exit-codes.ts";
import { type HeldLease, isHeld, leasesIn } from "../../ownership/lease.ts";
import { createdBefore } from "../../ownership/owner-store.ts";
import type { Workspace } from "../../project/workspace.ts";
import { orphansIn } from "../../stacks/orphans.ts";
import { ORPHANED } from "../clean-up/remove-abandoned-sandboxes.ts";
import { removeLocksOfRemovedStack } from "../pulumi/broken-lock.ts";
import { isUnknownStack } from "../pulumi/explain-errors.ts";
import { runWhenUnlocked } from "../pulumi/lock.ts";
import type { PulumiResult } from "../pulumi/operation.ts";
import { PulumiCommandError } from "../pulumi/pulumi-command.ts";
import { withReadableState } from "./broken-state.ts";
import { removeOrphans } from "./remove-orphans.ts";
import { localStacks, stateFileOf } from "./stack-file.ts";
import { asStackStep } from "./stack-step.ts";

interface TakeDownOptions {
  /** Whether to wait for a process on another machine that works on the stack. @default true */
  readonly wait?: boolean;
  /** The caller's lease of the removal. @default none */
  readonly lease?: HeldLease;
}

/**
 * Removes all resources of a stack. The caller holds the stack's lock. Returns the exit code.
 * @throws StackInUse when another process works on the stack and waiting is disabled; LeaseLost
 */
export async function takeDown(workspace: Workspace, options: TakeDownOptions = {}): Promise<number> {
  const { owner, project, progress, place } = workspace;
  const { lease } = options;
  let startedAt = Date.now();
  const [owned, now] = await Promise.all([
    place.readOwned(owner),
    place.leases.now(),
    place.requireUnused(owner),
  ]);
  // Before their sandbox, by which alone a shared namespace finds them.
  const jobs = await place.remove(orphansIn(owned, now));
  if (jobs.length > 0) progress.done(`removed ${jobs.join(", ")}, ${ORPHANED}`);
  if (mayBeInState(workspace)) {
    const end = await asStackStep(workspace, "taken down", () => destroy(workspace, options));
    lease?.lost.throwIfAborted();
    if (end.exitCode !== 0) return end.exitCode;
    ({ startedAt } = end);
  } else {
    removeLocksOfRemovedStack(workspace.environment, project.name, project.stack);
    progress.done(`stack ${project.stack} is not up`);
  }
  await lease?.confirm();
  const removed = await place.remove(await ownedBefore(workspace, startedAt));
  if (removed.length > 0) progress.done(`also removed ${removed.join(", ")}, not in the state`);
  return 0;
}

/** Removes the resources in the state. An orphan may be in their way: a container uses its network. */
async function destroy(workspace: Workspace, { wait = true, lease }: TakeDownOptions): Promise<PulumiResult> {
  const destruction = {
    operation: "destroy",
    // The settings of a branch's stack are generated; those of another stack were written by the user.
    remove: workspace.project.settings.branch !== undefined,
    signal: lease?.lost,
  } as const;
  const removeLeft = async (failed: PulumiResult) => {
    await lease?.confirm();
    return removeOrphans(workspace, [], failed);
  };
  // Otherwise Pulumi would try for half a minute to remove what an orphan uses.
  const afterTakeOver = (failed: PulumiResult) => removeLeft(failed).catch(ignoreUnreadableState);
  const once = async () => {
    await lease?.confirm();
    const result = await runWhenUnlocked(workspace, destruction, { wait, afterTakeOver });
    return isUnknownStack(result.errors) ? { ...result, exitCode: 0, errors: [] } : result;
  };
  const first = await withReadableState(workspace, once);
  return first.exitCode === EXIT_FAILED && (await removeLeft(first)) ? once() : first;
}

/** Pulumi itself reports a state that it cannot read. */
function ignoreUnreadableState(error: unknown): void {
  if (!(error instanceof PulumiCommandError)) throw error;
}

/** Owned resources created before destroy began, without the leases of other processes that remove them. */
async function ownedBefore({ place, owner }: Workspace, startedAt: number) {
  const [owned, now] = await Promise.all([place.readOwned(owner), place.leases.now()]);
  const removals = leasesIn(owned).filter((lease) => lease.covers === "removal" && isHeld(lease, now));
  const left = owned.filter(({ name }) => !removals.some((lease) => lease.name === name));
  return createdBefore(place.leases, left, startedAt);
}

/** Whether the state may contain the stack. Only a local folder is checked; other backends need Pulumi. */
function mayBeInState(workspace: Workspace): boolean {
  return localStacks(workspace) === undefined || stateFileOf(workspace) !== undefined;
}
