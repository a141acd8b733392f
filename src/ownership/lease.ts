import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { mayStillRun, ownProcessMark } from "../machine/process-mark.ts";
import { LABEL, type Labels } from "../model/labels.ts";
import type { LeaseStore, StoredLease } from "./lease-store.ts";

/**
 * A lease reports who holds something on a place, and until when. The place stores it, so that everybody
 * reads it who reaches the place, from other machines too.
 */
export interface Lease {
  /** Stays the same over renewals. Resources that exist for the lease carry it as a label. */
  readonly id: string;
  readonly covers: Coverage;
  readonly owner: string;
  /** The process that renews it. Empty: nobody has to. */
  readonly holder: string;
  /** In milliseconds since 1970 by the place's clock. Undefined: the label holds no time. */
  readonly expires: number | "never" | undefined;
  /** In milliseconds since 1970 by the place's clock. */
  readonly renewed: number;
  /** The checkout that a kept sandbox belongs to, see {@link LABEL.checkout}. Absent from all others. */
  readonly checkout?: string;
  /** Its name on the place. */
  readonly name: string;
  /** Differs after each renewal. */
  readonly revision: string;
}

/** What a lease covers. */
const COVERAGES = [
  /** A stack until its end. Every use renews it. */
  "stack",
  /** Work on a stack: a job, subnets for networks to come. */
  "work",
  /**
   * A sandbox without a stack. With a holder it ends with the process that started it; without one it is kept
   * until its end, and every use renews it.
   */
  "sandbox",
  /** The removal of a stack. */
  "removal",
  /** The record that a branch's stack was removed by its labels alone. */
  "removed",
] as const;

export type Coverage = (typeof COVERAGES)[number];

/** The length of a lease that a process renews, in milliseconds. */
const LENGTH = 30_000;

/** Milliseconds between two looks at the leases of others. */
const INTERVAL = 200;

/** A lease of this process was removed: another process may have taken what it covered. */
export class LeaseLost extends Error {
  override readonly name = "LeaseLost";
}

/** The leases among what a place stores. */
export function leasesIn(stored: readonly StoredLease[]): readonly Lease[] {
  return stored.filter(({ labels }) => labels[LABEL.kind] === "lease").map(leaseOf);
}

function leaseOf({ name, id: revision, labels }: StoredLease): Lease {
  const { [LABEL.ends]: ends = "", [LABEL.renewed]: renewed = "" } = labels;
  const time = Date.parse(ends);
  return {
    id: labels[LABEL.lease] ?? "",
    covers: labels[LABEL.covers] as Coverage,
    owner: labels[LABEL.owner] ?? "",
    holder: labels[LABEL.holder] ?? "",
    expires: ends === "never" ? ends : Number.isNaN(time) ? undefined : time,
    renewed: Date.parse(renewed) || 0,
    ...(labels[LABEL.checkout] !== undefined && { checkout: labels[LABEL.checkout] }),
    name,
    revision,
  };
}

/**
 * Whether a lease counts. It does not once it has expired, once its holder is proved dead on this machine,
 * and if it ends later than any renewal sets it: the place's clock was set back since, or somebody has
 * written the label.
 * @param now by the place's clock
 */
export function isHeld(lease: Lease, now: number): boolean {
  const { expires = 0, holder } = lease;
  if (!isRenewed(lease)) return expires === "never" || now < expires;
  return expires !== "never" && now < expires && expires <= latestEnd(now) && mayStillRun(holder);
}

/** Whether a process renews the lease, instead of its use. */
function isRenewed({ covers, holder }: Pick<Lease, "covers" | "holder">): boolean {
  return covers === "work" || covers === "removal" || (covers === "sandbox" && holder !== "");
}

/** Whether each use renews the lease: that of a stack, or of a sandbox that is kept without one. */
export function isRenewedByUse(lease: Pick<Lease, "covers" | "holder">): boolean {
  return lease.covers === "stack" || (lease.covers === "sandbox" && !isRenewed(lease));
}

/** The clock may have been set back a little since the renewal. */
function latestEnd(now: number): number {
  return now + 2 * LENGTH;
}

/** What is wrong with a lease that another version or a person has written; undefined if nothing. */
export function defectOf(lease: Lease, now: number): string | undefined {
  const { covers, expires } = lease;
  if (!COVERAGES.includes(covers)) return `this version of Nestbox does not know what "${covers}" covers`;
  if (expires === undefined) return "its end is no time";
  const isTooLate = isRenewed(lease) && (expires === "never" || expires > latestEnd(now));
  return isTooLate ? "it ends later than any renewal sets it" : undefined;
}

/** @param owner default: all owners */
export async function readLeases(store: LeaseStore, owner?: string): Promise<readonly Lease[]> {
  return leasesIn(await store.list(owner));
}

/** What a lease is written with. @default a new id, and no holder */
interface LeaseRecord extends Pick<Lease, "covers">, Partial<Pick<Lease, "id" | "holder">> {
  /** The owner labels of the stack, and what else the lease reports. */
  readonly labels: Labels;
  readonly expires: number | "never";
  readonly now: number;
}

export function leaseLabels({
  labels,
  covers,
  expires,
  now,
  id = newId(),
  holder = "",
}: LeaseRecord): Labels {
  return {
    ...labels,
    [LABEL.kind]: "lease",
    [LABEL.lease]: id,
    [LABEL.covers]: covers,
    [LABEL.holder]: holder,
    [LABEL.ends]: expires === "never" ? expires : new Date(expires).toISOString(),
    [LABEL.renewed]: new Date(now).toISOString(),
  };
}

export interface HeldLease {
  readonly id: string;
  /** Aborted with {@link LeaseLost} once a renewal finds that somebody has removed the lease. */
  readonly lost: AbortSignal;
  /**
   * Renews the lease now. Call it before a step that does harm without the lease, and after one that may have
   * taken long: this process may have been suspended.
   * @throws LeaseLost
   */
  confirm(): Promise<void>;
  /** Ends the renewals and removes the lease. */
  release(): Promise<void>;
}

export interface LeaseRequest {
  /** The owner labels of the stack. */
  readonly labels: Labels;
  readonly covers: "work" | "sandbox" | "removal";
  /** Milliseconds. @default 30 s, renewed every 10 s */
  readonly length?: number;
}

/** Takes a lease and renews it until it is released. */
export async function holdLease(
  store: LeaseStore,
  { labels, covers, length = LENGTH }: LeaseRequest,
): Promise<HeldLease> {
  const id = newId();
  const labelsFromNow = async () => {
    const now = await store.now();
    return leaseLabels({ labels, covers, id, now, expires: now + length, holder: ownProcessMark() });
  };
  const written = await store.create(await labelsFromNow());
  const lost = new AbortController();
  const released = new AbortController();
  const renew = async () => {
    lost.signal.throwIfAborted();
    const wasThere = await written.renew(await labelsFromNow());
    if (!wasThere) lost.abort(await explainLoss(store, labels, covers));
    lost.signal.throwIfAborted();
  };
  let last = Promise.resolve();
  // One after the other: each replaces what the one before has written.
  const confirm = () => {
    last = last.catch(() => {}).then(renew);
    return last;
  };
  const renewals = (async () => {
    for (;;) {
      await pause(length / 3, undefined, { signal: released.signal, ref: false }).catch(() => {});
      if (released.signal.aborted || lost.signal.aborted) return;
      // A place that does not answer fails the work itself, with a better error.
      await confirm().catch(() => {});
    }
  })();
  return {
    id,
    lost: lost.signal,
    confirm,
    release: async () => {
      released.abort();
      await renewals;
      await written.remove();
    },
  };
}

/** Works while this process holds a lease. */
export async function withLease<Result>(
  store: LeaseStore,
  request: LeaseRequest,
  work: (lease: HeldLease) => Promise<Result>,
): Promise<Result> {
  const lease = await holdLease(store, request);
  try {
    return await work(lease);
  } finally {
    // The work has ended, well or badly: a place that is gone keeps no lease for long.
    await lease.release().catch(() => {});
  }
}

/**
 * Waits until nobody removes an owner's stack, and removes the expired leases of removals. Returns whether it
 * waited: what was read before is outdated then.
 * @param onWait called once, before it waits
 */
export async function waitForRemoval(store: LeaseStore, owner: string, onWait: () => void): Promise<boolean> {
  for (let hasWaited = false; ; hasWaited = true) {
    const removals = (await readLeases(store, owner)).filter(({ covers }) => covers === "removal");
    if (removals.length === 0) return hasWaited;
    const now = await store.now();
    const expired = removals.filter((lease) => !isHeld(lease, now));
    for (const lease of expired) await store.remove(lease);
    if (expired.length === removals.length) return hasWaited;
    if (!hasWaited) onWait();
    await pause(INTERVAL);
  }
}

/** Names the process that removes the stack of a lost lease, if one does. */
async function explainLoss(store: LeaseStore, labels: Labels, covers: Coverage): Promise<LeaseLost> {
  const { [LABEL.owner]: owner, [LABEL.stack]: stack } = labels;
  const [leases, now] = await Promise.all([readLeases(store, owner), store.now()]).catch(
    () => [[], 0] as const,
  );
  const taker = leases.find(
    (lease) => lease.covers === "removal" && isHeld(lease, now) && lease.holder !== ownProcessMark(),
  );
  const [host, pid] = taker?.holder.split(" ") ?? [];
  const reason =
    taker === undefined
      ? `the lease of ${covers} of this process was removed, by another command or by hand`
      : `process ${pid} of ${host} has taken over: this process did not renew its lease of ${covers} in time`;
  return new LeaseLost(`stack ${stack}: ${reason}; run the command again`);
}

function newId(): string {
  return randomBytes(5).toString("hex");
}
