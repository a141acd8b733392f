import { isHeld, type Lease, leasesIn } from "../docker/lease.ts";
import type { OwnedResource } from "../docker/owned-resources.ts";
import { LABEL } from "../model/labels.ts";

/**
 * The resources that exist for a lease which nobody holds any more: left by a killed command.
 * @param now by the engine's clock, in milliseconds since 1970
 */
export function orphansIn(resources: readonly OwnedResource[], now: number): readonly OwnedResource[] {
  const held = new Set(
    leasesIn(resources)
      .filter((lease) => isHeld(lease, now))
      .map(({ id }) => id),
  );
  return resources.filter(({ labels }) => {
    const { [LABEL.lease]: lease, [LABEL.kind]: kind } = labels;
    return lease !== undefined && kind !== "lease" && !held.has(lease);
  });
}

/** The expired leases, except those of stacks: a stack's lease goes with the stack. */
export function expiredLeases(resources: readonly OwnedResource[], now: number): readonly Lease[] {
  return leasesIn(resources).filter((lease) => lease.covers !== "stack" && !isHeld(lease, now));
}
