import { isHeld, readLeases } from "./lease.ts";
import { isLease } from "./owned-resource.ts";
import type { Place } from "./place.ts";

/**
 * Removes the sandboxes of killed commands: those without a stack whose lease nobody holds any more. One
 * request if there are none. Returns the names of the removed resources.
 */
export async function removeAbandoned(place: Place): Promise<readonly string[]> {
  const leases = (await readLeases(place.leases)).filter(({ covers }) => covers === "sandbox");
  if (leases.length === 0) return [];
  const now = await place.leases.now();
  // During a renewal on an engine there are two leases of one id.
  const held = new Set(leases.filter((lease) => isHeld(lease, now)).map(({ id }) => id));
  const removals = leases
    .filter(({ id }) => !held.has(id))
    .map(async (lease) => {
      const owned = await place.readOwned(lease.owner);
      const removed = await place.remove(owned.filter(({ labels }) => !isLease(labels)));
      // The place may still work on the last request of a killed command. Until then its lease stays.
      if (typeof lease.expires !== "number" || lease.expires <= now) await place.leases.remove(lease);
      return removed;
    });
  return (await Promise.all(removals)).flat();
}
