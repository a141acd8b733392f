import type { Labels } from "../../model/labels.ts";
import { stackLabels } from "../../stacks/stack-identity.ts";
import { isUp, renewAfterRemoval, renewStack, type StackRenewal } from "../../stacks/stack-lease.ts";
import { identityOf } from "../workspace/stack-owner.ts";
import type { Workspace } from "../workspace/workspace.ts";

/**
 * Renews the lease of a stack in use for its time to live from now, after a clean-up that is removing it.
 * @returns whether it waited for a clean-up: the stack may be gone, so earlier facts are outdated
 */
export async function renewByUse(workspace: Workspace): Promise<boolean> {
  const onWait = () => reportWait(workspace);
  return (await renewAfterRemoval(workspace.place, renewalOf(workspace), "use", onWait)).hasWaited;
}

/** Renews the lease of a stack after its use, without waiting for a clean-up, which may have removed it. */
export async function prolongByUse(workspace: Workspace): Promise<void> {
  if (await isUp(workspace.place, workspace.owner))
    await renewStack(workspace.place, renewalOf(workspace), "use");
}

export function reportWait({ progress, project }: Workspace): void {
  progress.print(`… stack ${project.stack}: waiting for a clean-up that is removing it`);
}

export function ownerLabels({ project }: Workspace): Labels {
  return stackLabels(identityOf(project), project.settings);
}

function renewalOf(workspace: Workspace): StackRenewal {
  return { labels: ownerLabels(workspace), timeToLive: workspace.project.settings.timeToLive };
}
