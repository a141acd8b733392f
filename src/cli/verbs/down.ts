import { ConfigurationError } from "../../model/problem.ts";
import { isProtected, SETTINGS_NAMESPACE } from "../../stacks/settings.ts";
import { withStackLock } from "../stack/stack-lock.ts";
import { takeDown } from "../stack/take-down.ts";
import type { Place } from "../workspace/project.ts";
import { withWorkspace } from "../workspace/workspace.ts";

/**
 * `nestbox down`: removes the stack's sandboxes, and whatever carries their labels though the state does not
 * know it.
 * @throws ConfigurationError for the stack of a protected branch, unless it is to go by force
 */
export function down(place: Place, { force = false }: { readonly force?: boolean } = {}): Promise<number> {
  const needs = { pulumi: true, declarations: false, plans: () => [] };
  return withWorkspace(place, needs, (workspace) => {
    const { settings, stack } = workspace.project;
    if (isProtected(settings) && !force) {
      throw new ConfigurationError(
        `stack ${stack}: ${SETTINGS_NAMESPACE}:protectedBranches protects branch "${settings.branch}"; to remove its sandboxes all the same, add --force`,
      );
    }
    return withStackLock(workspace, () => takeDown(workspace));
  });
}
