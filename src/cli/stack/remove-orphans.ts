import { leaseVolumes } from "../../docker/lease-volumes.ts";
import { createdBefore, readOwnedResources } from "../../docker/owned-resources.ts";
import { removeResources } from "../../docker/remove-owned.ts";
import { LABEL } from "../../model/labels.ts";
import type { Plan } from "../../model/plan/plan.ts";
import type { OwnedResource } from "../../ownership/owned-resource.ts";
import { expiredLeases, orphansIn } from "../../stacks/orphans.ts";
import type { UnlockedResult } from "../pulumi/lock.ts";
import { ownerLabel } from "../workspace/stack-owner.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { partKey } from "./missing-parts.ts";
import { exportState } from "./state-export.ts";

/**
 * Removes the orphans of killed commands from a stack: jobs without a waiting command, and resources that
 * Pulumi created but did not record in the state. The state is exported only if the operation failed or the
 * engine differs from the plans. Returns the names of the removed resources.
 * @param operation the result of the preceding operation; younger resources stay, since a command on another
 * machine may be creating them
 */
export async function removeOrphans(
  workspace: Workspace,
  plans: readonly Plan[],
  operation: UnlockedResult,
): Promise<readonly string[]> {
  const owner = ownerLabel(workspace.project, process.env);
  const owned = await readOwnedResources(workspace.engine, owner);
  const hasLeased = owned.some(({ labels }) => labels[LABEL.lease] !== undefined);
  const leases = leaseVolumes(workspace.engine);
  const now = hasLeased ? await leases.now() : 0;
  const orphanedJobs = hasLeased ? orphansIn(owned, now) : [];
  for (const lease of hasLeased ? expiredLeases(owned, now) : []) await leases.remove(lease);
  const parts = owned.filter(({ labels }) => isPart(labels[LABEL.kind]) && labels[LABEL.lease] === undefined);
  const isComplete = operation.exitCode === 0 && isAsPlanned(parts, plans);
  const unrecorded = isComplete
    ? []
    : await absentFromState(workspace, await createdBefore(workspace.engine, parts, operation.startedAt));
  if (orphanedJobs.length + unrecorded.length === 0) return [];
  return removeResources(workspace.engine, [...orphanedJobs, ...unrecorded]);
}

function isPart(kind: string | undefined): boolean {
  return kind === "network" || kind === "volume" || kind === "service";
}

/** Whether the engine has each planned part once and no other parts. */
function isAsPlanned(parts: readonly OwnedResource[], plans: readonly Plan[]): boolean {
  const planned = plans.flatMap(({ sandbox, networks, volumes, services }) => [
    ...networks.map(({ key }) => partKey(sandbox, "network", key)),
    ...volumes.map(({ key }) => partKey(sandbox, "volume", key)),
    ...services.map(({ key }) => partKey(sandbox, "service", key)),
  ]);
  const existing = parts.map(({ labels }) =>
    partKey(labels[LABEL.component], labels[LABEL.kind], labels[LABEL.part]),
  );
  return planned.sort().join("\n") === existing.sort().join("\n");
}

async function absentFromState(
  workspace: Workspace,
  parts: readonly OwnedResource[],
): Promise<readonly OwnedResource[]> {
  if (parts.length === 0) return [];
  const recorded = new Set((await exportState(workspace)).map(({ id }) => id));
  return parts.filter(({ id }) => !recorded.has(id));
}
