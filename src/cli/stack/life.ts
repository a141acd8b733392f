import { isNote } from "../../docker/leftovers.ts";
import { readPossessions } from "../../docker/possessions.ts";
import { LABEL } from "../../model/labels.ts";
import { renewLife } from "../../stacks/life.ts";
import { stackLabels } from "../../stacks/stack-identity.ts";
import { whenNobodyRemoves } from "../../stacks/tombstone.ts";
import { identityOf, ownerLabel } from "../workspace/stack-owner.ts";
import type { Workspace } from "../workspace/workspace.ts";

/**
 * Renews the life of a stack in use for its time to live from now, after a clean-up that is removing it.
 * @returns whether it waited for a clean-up: the stack may be gone, so earlier facts are outdated
 */
export async function renewByUse(workspace: Workspace): Promise<boolean> {
  for (let hasWaited = false; ; hasWaited = true) {
    await prolongByUse(workspace);
    // After the renewal: a clean-up checks the life after it has set its tombstone.
    if (!(await waitForCleanUp(workspace))) return hasWaited;
  }
}

/** Renews the life of a stack in use for its time to live from now, without waiting for a clean-up. */
export async function prolongByUse({ project, engine }: Workspace): Promise<void> {
  const { settings } = project;
  const labels = stackLabels(identityOf(project, process.env), settings);
  await renewLife(engine, { labels, timeToLive: settings.timeToLive, mode: "use" });
}

/** Whether the stack has networks, volumes or services on the engine. */
export async function isUp({ project, engine }: Workspace): Promise<boolean> {
  const owner = ownerLabel(project, process.env);
  const owned = await readPossessions(engine, owner);
  return owned.some(({ labels }) => labels[LABEL.process] === undefined && !isNote(labels));
}

/** Waits for a clean-up that is removing the stack. Returns whether there was one. */
export function waitForCleanUp({ project, engine, progress }: Workspace): Promise<boolean> {
  return whenNobodyRemoves(engine, ownerLabel(project, process.env), () =>
    progress.print(`… stack ${project.stack}: waiting for a clean-up that is removing it`),
  );
}
