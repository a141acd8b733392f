import { LABEL, type Labels } from "../model/labels.ts";
import { ConfigurationError } from "../model/problem.ts";
import { isRenewedByUse, leasesIn, withLease } from "../ownership/lease.ts";
import { isLease, type OwnedResource } from "../ownership/owned-resource.ts";
import { ownershipLabels } from "../ownership/ownership.ts";
import { checkoutOwnership } from "../project/owner.ts";
import type { Workspace } from "../project/workspace.ts";
import { withStackLock } from "./stack/stack-lock.ts";

/**
 * Removes sandboxes of this checkout that are up without a stack, with their volumes. In a project that has
 * got stacks since, nothing else would find them.
 * @param names those to remove. Empty: all
 * @throws ConfigurationError for a named sandbox that is not up
 */
export function keepDown(workspace: Workspace, names: readonly string[]): Promise<void> {
  const { place, progress, project } = workspace;
  const ownership = checkoutOwnership(project);
  const { owner } = ownership;
  return withStackLock({ ...workspace, owner }, async () => {
    // Most projects with stacks have none of these.
    if (project.hasStacks && (await place.readOwned(owner)).length === 0) return;
    const removal = { labels: ownershipLabels(ownership), covers: "removal" } as const;
    await withLease(place.leases, removal, async ({ confirm }) => {
      const [owned] = await Promise.all([place.readOwned(owner), place.requireUnused(owner)]);
      const parts = owned.filter(({ labels }) => !isLease(labels));
      const chosen = chosenNames(parts, names);
      for (const sandbox of chosen)
        progress.print(`… sandbox ${sandbox}: removes its services, networks and volumes`);
      const wanted = parts.filter(({ labels }) => names.length === 0 || chosen.includes(sandboxOf(labels)));
      await confirm();
      const removed = await place.remove(wanted);
      // The lease last: by it the next command finds what is left.
      if (wanted.length === parts.length)
        for (const one of leasesIn(owned).filter(isRenewedByUse)) await place.leases.remove(one);
      if (removed.length > 0) progress.done(`removed ${removed.join(", ")}`);
      else if (!project.hasStacks) progress.done("no sandbox of this checkout is up");
    });
  });
}

/** @throws ConfigurationError for a name without a part */
function chosenNames(parts: readonly OwnedResource[], names: readonly string[]): readonly string[] {
  const up = [...new Set(parts.flatMap(({ labels }) => sandboxOf(labels) || []))];
  const unknown = names.find((name) => !up.includes(name));
  if (unknown !== undefined)
    throw new ConfigurationError(
      `sandbox "${unknown}": is not up in this checkout; name one of ${up.join(", ") || "none"}`,
    );
  return names.length === 0 ? up : names;
}

function sandboxOf(labels: Labels): string {
  return labels[LABEL.sandbox] ?? "";
}
