import { connect } from "../../docker/client.ts";
import { removeParts } from "../../docker/leftovers.ts";
import { engineTime, madeBefore, type Possession, readPossessions } from "../../docker/possessions.ts";
import { mayStillRun } from "../../machine/process-mark.ts";
import { LABEL } from "../../model/labels.ts";
import type { Plan } from "../../model/plan.ts";
import { orphansIn } from "../../stacks/orphans.ts";
import type { FreeEnd } from "../pulumi/lock.ts";
import { ownerLabel } from "../workspace/stack-plan.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { exportState } from "./state-export.ts";

/**
 * Removes what commands that were killed have left of a stack: jobs for which nobody waits any more, and what
 * Pulumi had made but not yet written to its state. The state is only asked for when the operation before has
 * failed or the engine has something else than the plans. Gives the names of what it removed.
 * @param operation how the operation before has ended. Only what was made before it began is removed:
 * somebody on another machine may work on the stack since it has ended
 */
export async function removeStrays(
  workspace: Workspace,
  plans: readonly Plan[],
  operation: FreeEnd,
): Promise<readonly string[]> {
  const owner = ownerLabel(workspace.project, process.env);
  const ours = await readPossessions(workspace.engine, owner);
  const ofProcesses = ours.filter(({ labels }) => labels[LABEL.process] !== undefined);
  const orphans =
    ofProcesses.length === 0 ? [] : orphansIn(ofProcesses, mayStillRun, await engineTime(workspace.engine));
  const parts = ours.filter(
    ({ labels }) => isPart(labels[LABEL.kind]) && labels[LABEL.process] === undefined,
  );
  const isFine = operation.exitCode === 0 && isAsPlanned(parts, plans);
  const strays = isFine
    ? []
    : await unknownToState(workspace, await madeBefore(workspace.engine, parts, operation.began));
  if (orphans.length + strays.length === 0) return [];
  return removeParts(await connect(workspace.engine), [...orphans, ...strays]);
}

function isPart(kind: string | undefined): boolean {
  return kind === "network" || kind === "volume" || kind === "service";
}

/** Whether each part that is planned is there once, and nothing else. */
function isAsPlanned(parts: readonly Possession[], plans: readonly Plan[]): boolean {
  const planned = plans.flatMap(({ sandbox, networks, volumes, services }) => [
    ...networks.map(({ key }) => partKey(sandbox, "network", key)),
    ...volumes.map(({ key }) => partKey(sandbox, "volume", key)),
    ...services.map(({ key }) => partKey(sandbox, "service", key)),
  ]);
  const existing = parts.map(({ labels }) =>
    partKey(labels[LABEL.sandbox], labels[LABEL.kind], labels[LABEL.part]),
  );
  return planned.sort().join("\n") === existing.sort().join("\n");
}

function partKey(...words: readonly (string | undefined)[]): string {
  return words.join(" ");
}

async function unknownToState(
  workspace: Workspace,
  parts: readonly Possession[],
): Promise<readonly Possession[]> {
  if (parts.length === 0) return [];
  const known = new Set((await exportState(workspace)).map(({ id }) => id));
  return parts.filter(({ id }) => !known.has(id));
}
