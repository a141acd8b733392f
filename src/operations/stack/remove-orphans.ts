import { LABEL } from "../../model/labels.ts";
import type { Plan } from "../../model/plan/plan.ts";
import type { OwnedResource } from "../../ownership/owned-resource.ts";
import { createdBefore } from "../../ownership/owner-store.ts";
import type { Workspace } from "../../project/workspace.ts";
import { expiredLeases, orphansIn } from "../../stacks/orphans.ts";
import { ORPHANED } from "../clean-up/remove-abandoned-sandboxes.ts";
import type { PulumiResult } from "../pulumi/operation.ts";
import { exportState, idInState } from "../pulumi/state-export.ts";

/**
 * Removes the orphans of killed commands from a stack: jobs without a waiting command, and resources that
 * Pulumi created but did not record in the state. The state is exported only if the operation failed or the
 * engine differs from the plans. Returns whether there were any.
 * @param operation the result of the preceding operation; younger resources stay, since a command on another
 * machine may be creating them
 */
export async function removeOrphans(
  workspace: Workspace,
  plans: readonly Plan[],
  operation: PulumiResult,
): Promise<boolean> {
  const { place, owner, progress } = workspace;
  const owned = await place.readOwned(owner);
  const hasLeased = owned.some(({ labels }) => labels[LABEL.lease] !== undefined);
  const now = hasLeased ? await place.leases.now() : 0;
  const orphanedJobs = orphansIn(owned, now);
  for (const lease of expiredLeases(owned, now)) await place.leases.remove(lease);
  const parts = owned.filter(
    (one) => PART_KINDS.includes(partKind(one)) && one.labels[LABEL.lease] === undefined,
  );
  const isComplete = operation.exitCode === 0 && isAsPlanned(parts, plannedParts(workspace, plans));
  const unrecorded = isComplete
    ? []
    : await absentFromState(workspace, await createdBefore(place.leases, parts, operation.startedAt));
  const removed = await place.remove([...orphanedJobs, ...unrecorded]);
  if (removed.length > 0) progress.done(`removed ${removed.join(", ")}, ${ORPHANED}`);
  return removed.length > 0;
}

const PART_KINDS: readonly (string | undefined)[] = ["network", "volume", "service", "namespace", "sandbox"];

function partKind({ kind, labels }: OwnedResource): string | undefined {
  return kind === "namespace" || kind === "sandbox" ? kind : labels[LABEL.kind];
}

/** The parts of planned sandboxes, each with its component. */
function plannedParts({ place }: Workspace, plans: readonly Plan[]): readonly string[] {
  return plans.flatMap((plan) => place.partsOf(plan).map((part) => `${plan.sandbox} ${part}`));
}

/** Whether each planned part exists once, and no other. */
function isAsPlanned(parts: readonly OwnedResource[], planned: readonly string[]): boolean {
  const existing = parts.map(
    (part) => `${part.labels[LABEL.component]} ${partKind(part)} ${part.labels[LABEL.part] ?? ""}`,
  );
  return [...planned].sort().join("\n") === existing.sort().join("\n");
}

async function absentFromState(
  workspace: Workspace,
  parts: readonly OwnedResource[],
): Promise<readonly OwnedResource[]> {
  if (parts.length === 0) return [];
  const { resources } = await exportState(workspace);
  const recorded = new Set(resources.map(({ id }) => id));
  return parts.filter((part) => !recorded.has(idInState(part)));
}
