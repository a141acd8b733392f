import { parseDuration } from "../model/duration.ts";
import { LABEL, type Labels } from "../model/labels.ts";
import { isHeld, isRenewedByUse, type Lease, leasesIn } from "../ownership/lease.ts";
import type { OwnedResource } from "../ownership/owned-resource.ts";
import type { OwnedStack } from "../ownership/ownership.ts";
import { stackLeases } from "./stack-lease.ts";

/**
 * When a stack ends, in milliseconds since 1970; `unreadable` if neither the lease nor the labels hold a
 * time; `command` for a sandbox without a stack, which ends with the command that started it.
 */
export type StackEnd = number | "never" | "unreadable" | "command";

/** The resources of a stack on an engine, and its end. */
export interface StackOnEngine extends OwnedStack {
  readonly parts: readonly OwnedResource[];
  readonly ends: StackEnd;
  /** Whether sandboxes without a stack are kept. The next command after their end removes them. */
  readonly kept: boolean;
  /** Whether a command waits for one of its jobs, or started the sandbox for itself. */
  readonly inUse: boolean;
}

/**
 * The stacks on an engine, by their labels and leases.
 * @param now by the engine's clock, in milliseconds since 1970
 */
export function stacksOn(resources: readonly OwnedResource[], now: number): readonly StackOnEngine[] {
  const ends = stackLeases(resources);
  const leasesOf = Map.groupBy(leasesIn(resources), ({ owner }) => owner);
  const byOwner = Map.groupBy(resources.filter(isOfStack), ({ labels }) => labels[LABEL.owner] ?? "");
  return [...byOwner]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([owner, parts]) => {
      const labels: Labels = parts[0]?.labels ?? {};
      const leases = leasesOf.get(owner) ?? [];
      const ofCommand = leases.filter((lease) => lease.covers === "sandbox" && !isRenewedByUse(lease));
      const work = leases.filter(({ covers }) => covers === "work");
      return {
        owner,
        project: labels[LABEL.project] ?? "",
        stack: labels[LABEL.stack] ?? "",
        branch: labels[LABEL.branch],
        parts,
        kept: leases.some((lease) => lease.covers === "sandbox" && isRenewedByUse(lease)),
        ends: ofCommand.length > 0 ? "command" : endOf(parts, ends.get(owner)),
        inUse: [...work, ...ofCommand].some((lease) => isHeld(lease, now)),
      };
    });
}

/** Leases of work and of removals belong to who holds them. */
function isOfStack(resource: OwnedResource): boolean {
  const [lease] = leasesIn([resource]);
  return lease === undefined || isRenewedByUse(lease);
}

/** Without a lease, the time to live counts from the creation of the youngest resource. */
function endOf(parts: readonly OwnedResource[], lease: Lease | undefined): StackEnd {
  if (lease !== undefined) return lease.expires ?? "unreadable";
  const declared = parts.map(({ labels }) => labels[LABEL.timeToLive] ?? "never");
  if (declared.includes("never")) return "never";
  const times = declared.map((text) => parseDuration(text) ?? Number.NaN);
  const end = Math.max(...parts.map(({ created }) => created)) + Math.max(...times);
  return Number.isNaN(end) ? "unreadable" : end;
}
