import { LABEL } from "../model/labels.ts";
import { defectOf, isHeld, type Lease, leasesIn } from "../ownership/lease.ts";
import type { OwnedResource } from "../ownership/owned-resource.ts";

/**
 * The resources that exist for a lease which nobody holds any more: left by a killed command.
 * @param now by the engine's clock, in milliseconds since 1970
 */
export function orphansIn(resources: readonly OwnedResource[], now: number): readonly OwnedResource[] {
  const leases = leasesIn(resources).filter((lease) => isHeld(lease, now));
  const held = new Set(leases.map(({ id }) => id));
  return resources.filter(({ labels }) => {
    const { [LABEL.lease]: lease, [LABEL.kind]: kind } = labels;
    return lease !== undefined && kind !== "lease" && !held.has(lease);
  });
}

/** The expired leases, except those of stacks: a stack's lease goes with the stack. */
export function expiredLeases(resources: readonly OwnedResource[], now: number): readonly Lease[] {
  return leasesIn(resources).filter((lease) => EXPIRING.has(lease.covers) && !isHeld(lease, now));
}

/** What these versions of Nestbox write and no stack owns. Another version may need what it wrote. */
const EXPIRING: ReadonlySet<string> = new Set(["work", "removal", "removed"] satisfies Lease["covers"][]);

/** A line for each lease that is ignored because of what it says. */
export function ignoredLeases(resources: readonly OwnedResource[], now: number): readonly string[] {
  return leasesIn(resources).flatMap((lease) => {
    const defect = defectOf(lease, now);
    return defect === undefined ? [] : [`lease ${lease.name}: ${defect}, so it is ignored`];
  });
}
