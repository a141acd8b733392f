import { ConfigurationError } from "../../model/problem.ts";
import { isProtected, SETTINGS_NAMESPACE } from "../../stacks/stack-settings.ts";
import { removeAbandonedSandboxes } from "../clean-up/remove-abandoned-sandboxes.ts";
import { waitUntilGone } from "../stack/pending-removals.ts";
import { withStackLock } from "../stack/stack-lock.ts";
import { takeDown } from "../stack/take-down.ts";
import type { Target } from "../workspace/project.ts";
import { withWorkspace } from "../workspace/workspace.ts";

/** The options of `nestbox down`, which its help describes. */
interface DownOptions {
  readonly force?: boolean;
  readonly wait?: boolean;
}

/**
 * `nestbox down`: removes the stack's sandboxes, and resources with their labels that are not in the state.
 * @throws ConfigurationError for the stack of a protected branch, without `force`
 */
export function down(target: Target, { force = false, wait = false }: DownOptions = {}): Promise<number> {
  const needs = { pulumi: true, declarations: false, plans: () => [] };
  return withWorkspace(target, needs, async (workspace) => {
    await removeAbandonedSandboxes(workspace);
    const { settings, stack } = workspace.project;
    if (isProtected(settings) && !force) {
      throw new ConfigurationError(
        `stack ${stack}: ${SETTINGS_NAMESPACE}:protectedBranches protects branch "${settings.branch}"; ` +
          "to remove its sandboxes, add --force",
      );
    }
    const exitCode = await withStackLock(workspace, () => takeDown(workspace));
    if (exitCode === 0 && wait) await waitUntilGone(workspace);
    return exitCode;
  });
}
