import { unusedBuiltImages } from "../../docker/build/unused-images.ts";
import { oldCaches } from "../../docker/job-caches.ts";
import { LABEL } from "../../model/labels.ts";
import { type Lease, leasesIn } from "../../ownership/lease.ts";
import type { OwnedResource } from "../../ownership/owned-resource.ts";
import { owns } from "../../project/owner.ts";
import { openProject } from "../../project/project.ts";
import type { Workspace } from "../../project/workspace.ts";
import { expiredLeases, ignoredLeases, orphansIn } from "../../stacks/orphans.ts";
import { type StackOnEngine, stacksOn } from "../../stacks/stack-on-engine.ts";
import { isProtected } from "../../stacks/stack-settings.ts";
import { describeEnd } from "../../stacks/time-left.ts";
import { PulumiCommandError } from "../pulumi/pulumi-command.ts";
import { overdueRemovals } from "../stack/pending-removals.ts";
import { hasState, stacksInState } from "../stack/stack-file.ts";
import { isRemovalRecord, removedStacks } from "./removed-stacks.ts";

export interface ExpiredStack {
  readonly stack: StackOnEngine;
  readonly reason: string;
  /** Whether the state of this project contains the stack. */
  readonly inState: boolean;
}

/** A stack that stays, with the orphans to remove from it. */
export interface StackWithOrphans {
  readonly stack: StackOnEngine;
  readonly orphans: readonly OwnedResource[];
}

export interface Findings {
  readonly expired: readonly ExpiredStack[];
  readonly withOrphans: readonly StackWithOrphans[];
  /** The names of built images that nothing has used for long. Empty if one stack is examined. */
  readonly images: readonly string[];
  /** The names of old caches of jobs. Empty if one stack is examined. */
  readonly caches: readonly string[];
  /** Leases and records without effect. They are removed without a message. */
  readonly staleLeases: readonly Lease[];
  /** Expired stacks of protected branches. They stay. */
  readonly protected: readonly ExpiredStack[];
  /** Why a stack without an end cannot be compared with the state, and which leases are ignored. */
  readonly notices: readonly string[];
}

const REMOVED = "already removed, but still in the state";

const NO_STATE =
  "PULUMI_BACKEND_URL: there is no state at this address, so only stacks past their end are removed; " +
  "to remove another stack by its labels: nestbox down --stack NAME";

/** The line about a stack that is not removed. */
export function describeSkipped({ stack }: StackOnEngine, reason: string): string {
  return `… stack ${stack}: ${reason}; skipped`;
}

/**
 * The stacks and orphans on the engine that a clean-up removes.
 * @param owner the owner label of one stack; undefined for all stacks
 */
export async function findGarbage(workspace: Workspace, owner: string | undefined): Promise<Findings> {
  const { place, engine } = workspace;
  // Read the place before the state: a stack created in between would look as if it were not in the state.
  const [resources, now] = await Promise.all([place.readOwned(owner), place.leases.now()]);
  const { listed, problem } = await listState(workspace);
  /** Whether a stack is this project's, and the state is readable and does not contain it. */
  const isAbsent = (one: { readonly owner: string | undefined; readonly stack: string }) =>
    owns(workspace, one) && hasState(workspace) && listed?.includes(one.stack) === false;
  const stacks = stacksOn(resources, now);
  const unused = stacks.flatMap((stack): readonly ExpiredStack[] => {
    const hasEnded = typeof stack.ends === "number" && stack.ends <= now;
    if (stack.inUse || !(hasEnded || isAbsent(stack))) return [];
    const inState = owns(workspace, stack) && (listed?.includes(stack.stack) ?? true);
    return [{ stack, inState, reason: hasEnded ? describeEnd(stack.ends, now) : "not in the state" }];
  });
  const removed = await removedStacks(workspace, resources, listed ?? []);
  const found = [...unused, ...removed.map((stack) => ({ stack, inState: true, reason: REMOVED }))];
  const isKept = await Promise.all(found.map(({ stack }) => belongsToProtected(workspace, stack)));
  const expired = found.filter((_, index) => !isKept[index]);
  const staying = stacks.filter((stack) => !expired.some((one) => one.stack === stack));
  const orphans = orphansIn(resources, now);
  const outdated = resources.filter(({ labels }) => {
    const { [LABEL.owner]: ofStack, [LABEL.stack]: stack = "" } = labels;
    return isRemovalRecord(labels) && isAbsent({ owner: ofStack, stack });
  });
  return {
    expired,
    withOrphans: staying
      .map((stack) => ({
        stack,
        orphans: orphans.filter(({ labels }) => labels[LABEL.owner] === stack.owner),
      }))
      .filter((one) => one.orphans.length > 0),
    ...(engine === undefined || owner !== undefined
      ? { images: [], caches: [] }
      : { images: await unusedBuiltImages(engine, now), caches: await oldCaches(engine, now) }),
    staleLeases: [...expiredLeases(resources, now), ...leasesIn(outdated)],
    protected: found.filter((_, index) => isKept[index]),
    notices: [
      ...(problem === undefined ? [] : [problem]),
      ...ignoredLeases(resources, now),
      ...(await overdueRemovals(workspace, owner)),
    ],
  };
}

/** Whether the current settings of the project protect the branch of a stack. */
async function belongsToProtected(workspace: Workspace, on: StackOnEngine): Promise<boolean> {
  const { stack, branch } = on;
  if (branch === undefined || !owns(workspace, on)) return false;
  const choice = { project: workspace.project.folder, stack, branch };
  return isProtected((await openProject(choice, { declarations: false })).settings);
}

/** The stacks in the state, or the reason why they cannot be listed. */
async function listState(
  workspace: Workspace,
): Promise<{ readonly listed?: readonly string[]; readonly problem?: string }> {
  if (!workspace.project.hasStacks) return { listed: [] };
  if (!hasState(workspace)) return { listed: [], problem: NO_STATE };
  try {
    return { listed: await stacksInState(workspace) };
  } catch (error) {
    if (!(error instanceof PulumiCommandError)) throw error;
    const reason = `the stacks in the state cannot be listed (${error.message})`;
    return { problem: `PULUMI_BACKEND_URL: ${reason}, so only stacks past their end are removed` };
  }
}
