import { removeVolume } from "../docker/empty-volume.ts";
import type { DockerHost } from "../docker/host.ts";
import { type Lease, leasesIn, waitForRemoval, writeLease } from "../docker/lease.ts";
import { engineTime, type OwnedResource, readOwnedResources } from "../docker/owned-resources.ts";
import { type Duration, milliseconds } from "../model/duration.ts";
import { LABEL, type Labels } from "../model/labels.ts";

/** A renewal of the lease that covers a stack until its end. */
export interface StackRenewal {
  /** The owner labels of the stack. */
  readonly labels: Labels;
  /** From now on. */
  readonly timeToLive: Duration | "never";
}

/** The lease of each stack, by owner. Of two that a killed command left, the one that was renewed last. */
export function stackLeases(resources: readonly OwnedResource[]): ReadonlyMap<string, Lease> {
  const leases = leasesIn(resources)
    .filter(({ covers }) => covers === "stack")
    .sort((one, other) => one.renewed - other.renewed);
  return new Map(leases.map((lease) => [lease.owner, lease]));
}

/**
 * Renews the lease of a stack. Use never brings the end nearer.
 * @param mode `use`, or `exactly` to set the end wherever it was
 * @returns the end, in milliseconds since 1970 by the engine's clock
 */
export async function renewStack(
  engine: DockerHost,
  { labels, timeToLive }: StackRenewal,
  mode: "use" | "exactly",
): Promise<number | "never"> {
  const owner = labels[LABEL.owner] ?? "";
  const [resources, now] = await Promise.all([readOwnedResources(engine, owner), engineTime(engine)]);
  const before = stackLeases(resources).get(owner)?.expires;
  const wanted = timeToLive === "never" ? timeToLive : now + milliseconds(timeToLive);
  const expires = mode === "exactly" ? wanted : later(wanted, before);
  // A stack that never ended, by its settings and labels, needs no lease.
  const neverEnded = resources.every(({ labels: own }) => (own[LABEL.timeToLive] ?? "never") === "never");
  if (timeToLive !== "never" || mode === "exactly" || !neverEnded)
    await writeLease(engine, { labels, covers: "stack", expires, now });
  const old = leasesIn(resources).filter(({ covers }) => covers === "stack");
  for (const { volume } of old) await removeVolume(engine, volume);
  return expires;
}

/**
 * Renews the lease of a stack that is about to be used, after a removal under way. Both look at the other's
 * lease once they have written their own, so that one of them always sees it.
 * @param onWait called once, before it waits for a removal
 * @returns whether it waited: the stack may be gone
 */
export async function useStack(
  engine: DockerHost,
  renewal: StackRenewal,
  onWait: () => void,
): Promise<boolean> {
  for (let hasWaited = false; ; hasWaited = true) {
    await renewStack(engine, renewal, "use");
    if (!(await waitForRemoval(engine, renewal.labels[LABEL.owner] ?? "", onWait))) return hasWaited;
  }
}

/** Removes the lease of a stack that a removal has taken down since, by the end that its renewal returned. */
export async function dropStackLease(
  engine: DockerHost,
  owner: string,
  ends: number | "never",
): Promise<void> {
  const leases = leasesIn(await readOwnedResources(engine, owner)).filter(
    ({ covers, expires }) => covers === "stack" && expires === ends,
  );
  for (const { volume } of leases) await removeVolume(engine, volume);
}

function later(wanted: number | "never", before: Lease["expires"]): number | "never" {
  if (before === undefined) return wanted;
  return wanted === "never" || before === "never" ? "never" : Math.max(wanted, before);
}
