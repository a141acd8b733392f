import { removeAbandoned } from "../../ownership/abandoned-sandboxes.ts";
import { isRemovedCheckout } from "../../project/checkout.ts";
import type { Workspace } from "../../project/workspace.ts";

/** Why the resources of a killed command are removed. */
export const ORPHANED = "left by a killed command";

/**
 * Removes the sandboxes of killed commands, and those without a stack whose end is over or whose checkout is
 * gone. Prints their resources. A failure is a warning: the command itself may do without.
 */
export async function removeAbandonedSandboxes({
  place,
  progress,
}: Pick<Workspace, "place" | "progress">): Promise<void> {
  try {
    const { started, kept } = await removeAbandoned(place, ({ checkout }) => isRemovedCheckout(checkout));
    if (started.length > 0) progress.done(`removed ${started.join(", ")}, ${ORPHANED}`);
    if (kept.length > 0) progress.done(`removed ${kept.join(", ")}, whose sandbox has ended`);
  } catch (error) {
    progress.warn((place.explain(error) as Error).message);
  }
}
