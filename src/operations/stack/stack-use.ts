import { LABEL, type Labels } from "../../model/labels.ts";
import { ownershipLabels } from "../../ownership/ownership.ts";
import { checkoutOf } from "../../project/checkout.ts";
import type { Workspace } from "../../project/workspace.ts";
import { isUp, renewAfterRemoval, renewStack, type StackRenewal } from "../../stacks/stack-lease.ts";

/** The parts of a workspace that the use of its sandboxes needs. */
export type SandboxesInUse = Pick<Workspace, "place" | "ownership" | "project" | "progress">;

/**
 * Renews the lease of sandboxes in use for their time to live from now, after a clean-up that is removing
 * them.
 * @returns whether it waited for a clean-up: they may be gone, so earlier facts are outdated
 */
export async function renewByUse(workspace: SandboxesInUse): Promise<boolean> {
  const onWait = () => reportWait(workspace);
  return (await renewAfterRemoval(workspace.place, renewalOf(workspace), "use", onWait)).hasWaited;
}

/** Renews the lease of sandboxes after their use, without waiting for a clean-up that is removing them. */
export async function prolongByUse(workspace: SandboxesInUse): Promise<void> {
  if (await isUp(workspace.place, workspace.ownership.owner))
    await renewStack(workspace.place, renewalOf(workspace), "use");
}

export function reportWait({ progress, project }: SandboxesInUse): void {
  progress.print(`… ${ownerTitle(project)}: waiting for a clean-up that is removing it`);
}

/** What messages call the owner of a project's sandboxes: "stack dev", or "sandboxes of shop". */
export function ownerTitle({
  hasStacks,
  stack,
  name,
}: Pick<Workspace["project"], "hasStacks" | "stack" | "name">): string {
  return hasStacks ? `stack ${stack}` : `sandboxes of ${name}`;
}

export function ownerLabels({ ownership }: Pick<Workspace, "ownership">): Labels {
  return ownershipLabels(ownership);
}

/** The renewal of the lease of a project's sandboxes. */
export function renewalOf({ ownership, project }: Pick<Workspace, "ownership" | "project">): StackRenewal {
  const labels = ownershipLabels(ownership);
  const { timeToLive } = ownership;
  if (project.hasStacks) return { labels, covers: "stack", timeToLive };
  const checkout = checkoutOf(project.folder);
  const ofCheckout = { ...labels, ...(checkout !== undefined && { [LABEL.checkout]: checkout }) };
  return { labels: ofCheckout, covers: "sandbox", timeToLive };
}
