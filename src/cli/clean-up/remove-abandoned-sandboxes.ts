import { removeAbandoned } from "../../ownership/abandoned-sandboxes.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { ORPHANED } from "./report.ts";

/**
 * Removes the sandboxes of killed commands, and prints their resources. A failure is a warning: the command
 * itself may do without.
 */
export async function removeAbandonedSandboxes({
  place,
  progress,
}: Pick<Workspace, "place" | "progress">): Promise<void> {
  try {
    const removed = await removeAbandoned(place);
    if (removed.length > 0) progress.done(`removed ${removed.join(", ")}, ${ORPHANED}`);
  } catch (error) {
    progress.warn((error as Error).message);
  }
}
