import { LABEL } from "../model/labels.ts";
import { isHeld, isRenewedByUse, type Lease, readLeases, withLease } from "./lease.ts";
import { isLease } from "./owned-resource.ts";
import type { OwnerStore } from "./owner-store.ts";

/** The names of removed resources of sandboxes without a stack. */
export interface RemovedSandboxes {
  /** Those that a killed command had started. */
  readonly started: readonly string[];
  /** Those that were kept until their end. */
  readonly kept: readonly string[];
}

/**
 * Removes the sandboxes without a stack whose lease nobody holds any more: those of killed commands, and
 * those that were kept until an end that is over. One request if there are none.
 * @param isGone whether a kept sandbox goes before its end: its checkout was removed
 */
export async function removeAbandoned(
  store: OwnerStore,
  isGone: (lease: Lease) => boolean = () => false,
): Promise<RemovedSandboxes> {
  const leases = (await readLeases(store.leases)).filter(({ covers }) => covers === "sandbox");
  if (leases.length === 0) return { started: [], kept: [] };
  const now = await store.leases.now();
  // During a renewal on an engine there are two leases of one id, or two of a kept sandbox.
  const keyOf = (lease: Lease) => (isRenewedByUse(lease) ? lease.owner : lease.id);
  const held = new Set(leases.filter((lease) => isHeld(lease, now) && !isGone(lease)).map(keyOf));
  const abandoned = leases.filter((lease) => !held.has(keyOf(lease)));
  const started = abandoned.filter((lease) => !isRenewedByUse(lease));
  const kept = new Set(abandoned.filter(isRenewedByUse).map(({ owner }) => owner));
  const [ofStarted, ofKept] = await Promise.all([
    Promise.all(started.map((lease) => removeStarted(store, lease, now))),
    Promise.all([...kept].map((owner) => removeKept(store, owner, isGone))),
  ]);
  return { started: ofStarted.flat(), kept: ofKept.flat() };
}

async function removeStarted(store: OwnerStore, lease: Lease, now: number): Promise<readonly string[]> {
  const removed = await removeParts(store, lease.owner);
  // The place may still work on the last request of a killed command. Until then its lease stays.
  if (typeof lease.expires !== "number" || lease.expires <= now) await store.leases.remove(lease);
  return removed;
}

/** Another command may renew the lease or work on the sandbox: whoever removes it looks again first. */
function removeKept(
  store: OwnerStore,
  owner: string,
  isGone: (lease: Lease) => boolean,
): Promise<readonly string[]> {
  const labels = { [LABEL.owner]: owner };
  return withLease(store.leases, { labels, covers: "removal" }, async ({ confirm }) => {
    const [leases, now] = await Promise.all([readLeases(store.leases, owner), store.leases.now()]);
    const kept = leases.filter((lease) => lease.covers === "sandbox");
    const isUsed = leases.some((lease) => lease.covers === "work" && isHeld(lease, now));
    if (isUsed || kept.some((lease) => isHeld(lease, now) && !isGone(lease))) return [];
    await confirm();
    const removed = await removeParts(store, owner);
    for (const lease of kept) await store.leases.remove(lease);
    return removed;
  });
}

async function removeParts(store: OwnerStore, owner: string): Promise<readonly string[]> {
  const owned = await store.readOwned(owner);
  return store.remove(owned.filter(({ labels }) => !isLease(labels)));
}
