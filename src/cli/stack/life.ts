import { isNote } from "../../docker/leftovers.ts";
import { readPossessions } from "../../docker/possessions.ts";
import { LABEL } from "../../model/labels.ts";
import { renewLife } from "../../stacks/life.ts";
import { stackLabels } from "../../stacks/stack-identity.ts";
import { whenNobodyRemoves } from "../../stacks/tombstone.ts";
import { identityOf, ownerLabel } from "../workspace/stack-plan.ts";
import type { Workspace } from "../workspace/workspace.ts";

/**
 * Lets the stack live for its time to live from now, because somebody uses it. A clean-up that is about to
 * remove it is waited for. Gives whether it has had to wait: then the stack may be gone, and whatever was
 * read before is old.
 */
export async function renewByUse(workspace: Workspace): Promise<boolean> {
  for (let hasWaited = false; ; hasWaited = true) {
    await prolongByUse(workspace);
    // After the life: a clean-up looks at that after it has set its tombstone.
    if (!(await waitForCleanUp(workspace))) return hasWaited;
  }
}

/** Lets the stack live for its time to live from now, whatever others do with it. */
export async function prolongByUse({ project, engine }: Workspace): Promise<void> {
  const { settings } = project;
  const labels = stackLabels(identityOf(project, process.env), settings);
  await renewLife(engine, { labels, timeToLive: settings.timeToLive, mode: "use" });
}

/** Whether the stack has anything on the engine, beside jobs and what tells of it. */
export async function isUp({ project, engine }: Workspace): Promise<boolean> {
  const owner = ownerLabel(project, process.env);
  const ours = await readPossessions(engine, owner);
  return ours.some(({ labels }) => labels[LABEL.process] === undefined && !isNote(labels));
}

/** Waits, with a word, until no clean-up is about to remove the stack. Gives whether one was. */
export function waitForCleanUp({ project, engine, progress }: Workspace): Promise<boolean> {
  return whenNobodyRemoves(engine, ownerLabel(project, process.env), () =>
    progress.print(`… stack ${project.stack}: waiting for a clean-up that removes it`),
  );
}
