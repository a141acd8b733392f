import { type Duration, milliseconds } from "../model/duration.ts";
import { LABEL, type Labels } from "../model/labels.ts";
import { isRenewedByUse, type Lease, leaseLabels, leasesIn, waitForRemoval } from "../ownership/lease.ts";
import type { WrittenLease } from "../ownership/lease-store.ts";
import { isLease, type OwnedResource } from "../ownership/owned-resource.ts";
import type { OwnerStore } from "../ownership/owner-store.ts";

/** A renewal of the lease that covers a stack until its end. */
export interface StackRenewal {
  /** The owner labels of the stack, and what else its lease reports. */
  readonly labels: Labels;
  /** `sandbox` for sandboxes that are kept without a stack. */
  readonly covers: "stack" | "sandbox";
  /** From now on. */
  readonly timeToLive: Duration | "never";
}

/** `use` never brings the end nearer; `exactly` sets it wherever it was. */
type RenewalMode = "use" | "exactly";

/** The end of a stack after its renewal. */
interface RenewedStack {
  /** In milliseconds since 1970 by the place's clock. */
  readonly expires: number | "never";
  /** Undefined for a stack that never ended. */
  readonly lease: WrittenLease | undefined;
}

/** The lease of each stack, by owner. Of two that a killed command left, the one that was renewed last. */
export function stackLeases(resources: readonly OwnedResource[]): ReadonlyMap<string, Lease> {
  const leases = leasesIn(resources)
    .filter(isRenewedByUse)
    .sort((one, other) => one.renewed - other.renewed);
  return new Map(leases.map((lease) => [lease.owner, lease]));
}

export async function renewStack(
  place: Pick<OwnerStore, "leases" | "readOwned">,
  { labels, covers, timeToLive }: StackRenewal,
  mode: RenewalMode,
): Promise<RenewedStack> {
  const owner = labels[LABEL.owner] ?? "";
  const { leases } = place;
  const [resources, now] = await Promise.all([place.readOwned(owner), leases.now()]);
  const before = stackLeases(resources).get(owner)?.expires;
  const wanted = timeToLive === "never" ? timeToLive : now + milliseconds(timeToLive);
  const expires = mode === "exactly" ? wanted : later(wanted, before);
  // A stack that never ended, by its settings and labels, needs no lease.
  const neverEnded = resources.every(({ labels: own }) => (own[LABEL.timeToLive] ?? "never") === "never");
  const isNeeded = timeToLive !== "never" || mode === "exactly" || !neverEnded;
  const written = leaseLabels({ labels, covers, expires, now });
  const lease = isNeeded ? await leases.create(written) : undefined;
  const old = leasesIn(resources).filter(isRenewedByUse);
  for (const one of old) await leases.remove(one);
  return { expires, lease };
}

/**
 * Renews the lease of a stack, after a removal under way. Both look at the other's lease once they have
 * written their own, so that one of them always sees it.
 * @param onWait called once, before it waits for a removal
 * @returns the stack, and whether it waited: the stack may be gone
 */
export async function renewAfterRemoval(
  place: Pick<OwnerStore, "leases" | "readOwned">,
  renewal: StackRenewal,
  mode: RenewalMode,
  onWait: () => void,
): Promise<RenewedStack & { readonly hasWaited: boolean }> {
  for (let hasWaited = false; ; hasWaited = true) {
    const renewed = await renewStack(place, renewal, mode);
    if (!(await waitForRemoval(place.leases, renewal.labels[LABEL.owner] ?? "", onWait)))
      return { ...renewed, hasWaited };
  }
}

/** Whether a stack has anything on its place but leases, and what exists for a lease. */
export async function isUp(place: Pick<OwnerStore, "readOwned">, owner: string): Promise<boolean> {
  const owned = await place.readOwned(owner);
  return owned.some(({ labels }) => labels[LABEL.lease] === undefined && !isLease(labels));
}

function later(wanted: number | "never", before: Lease["expires"]): number | "never" {
  if (before === undefined) return wanted;
  return wanted === "never" || before === "never" ? "never" : Math.max(wanted, before);
}
