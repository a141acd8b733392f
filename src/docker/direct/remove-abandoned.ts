import { removeVolume } from "../empty-volume.ts";
import type { DockerHost } from "../host.ts";
import { isHeld, type Lease, readLeases } from "../lease.ts";
import { engineTime, readOwnedResources } from "../owned-resources.ts";
import { isLease, removeResources } from "../remove-owned.ts";

/**
 * Removes the sandboxes of killed commands: those without a stack whose lease nobody holds any more. One
 * request if there are none.
 * @returns the names of the removed resources
 */
export async function removeAbandoned(engine: DockerHost): Promise<readonly string[]> {
  const leases = (await readLeases(engine)).filter(({ covers }) => covers === "sandbox");
  if (leases.length === 0) return [];
  const now = await engineTime(engine);
  const held = new Set(leases.filter((lease) => isHeld(lease, now)).map(({ id }) => id));
  const over = leases.filter(({ id }) => !held.has(id));
  const removed = await Promise.all(over.map((lease) => removeSandbox(engine, lease, now)));
  return removed.flat();
}

async function removeSandbox(
  engine: DockerHost,
  { owner, volume, expires }: Lease,
  now: number,
): Promise<readonly string[]> {
  const owned = await readOwnedResources(engine, owner);
  const removed = await removeResources(
    engine,
    owned.filter(({ labels }) => !isLease(labels)),
  );
  // The engine may still work on the last request of a killed command. Until then its lease stays.
  const isExpired = typeof expires !== "number" || expires <= now;
  if (isExpired) await removeVolume(engine, volume);
  return removed;
}
