import { isHeld, readLeases } from "./lease.ts";
import type { LeaseStore } from "./lease-store.ts";

/**
 * Removes the sandboxes of killed commands: those without a stack whose lease nobody holds any more. One
 * request if there are none.
 * @param remove removes what an owner has. Returns the names
 */
export async function removeAbandoned(
  store: LeaseStore,
  remove: (owner: string) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const leases = (await readLeases(store)).filter(({ covers }) => covers === "sandbox");
  if (leases.length === 0) return [];
  const now = await store.now();
  // During a renewal on an engine there are two leases of one id.
  const held = new Set(leases.filter((lease) => isHeld(lease, now)).map(({ id }) => id));
  const removals = leases
    .filter(({ id }) => !held.has(id))
    .map(async (lease) => {
      const removed = await remove(lease.owner);
      // The place may still work on the last request of a killed command. Until then its lease stays.
      if (typeof lease.expires !== "number" || lease.expires <= now) await store.remove(lease);
      return removed;
    });
  return (await Promise.all(removals)).flat();
}
