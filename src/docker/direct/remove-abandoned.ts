import { isHeld, type Lease, readLeases } from "../../ownership/lease.ts";
import { isLease } from "../../ownership/owned-resource.ts";
import type { DockerHost } from "../host.ts";
import { leaseVolumes } from "../lease-volumes.ts";
import { readOwnedResources } from "../owned-resources.ts";
import { removeResources } from "../remove-owned.ts";

/**
 * Removes the sandboxes of killed commands: those without a stack whose lease nobody holds any more. One
 * request if there are none.
 * @returns the names of the removed resources
 */
export async function removeAbandoned(engine: DockerHost): Promise<readonly string[]> {
  const store = leaseVolumes(engine);
  const leases = (await readLeases(store)).filter(({ covers }) => covers === "sandbox");
  if (leases.length === 0) return [];
  const now = await store.now();
  const held = new Set(leases.filter((lease) => isHeld(lease, now)).map(({ id }) => id));
  const over = leases.filter(({ id }) => !held.has(id));
  const removed = await Promise.all(over.map((lease) => removeSandbox(engine, lease, now)));
  return removed.flat();
}

async function removeSandbox(engine: DockerHost, lease: Lease, now: number): Promise<readonly string[]> {
  const owned = await readOwnedResources(engine, lease.owner);
  const removed = await removeResources(
    engine,
    owned.filter(({ labels }) => !isLease(labels)),
  );
  // The engine may still work on the last request of a killed command. Until then its lease stays.
  const isExpired = typeof lease.expires !== "number" || lease.expires <= now;
  if (isExpired) await leaseVolumes(engine).remove(lease);
  return removed;
}
