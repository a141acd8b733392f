import type { LeaseStore } from "./lease-store.ts";
import type { OwnedResource } from "./owned-resource.ts";

/** What a place stores of owners: their resources and leases. */
export interface OwnerStore {
  readonly leases: LeaseStore;
  /**
   * All resources with an owner label, leases too.
   * @param owner default: all owners
   */
  readOwned(owner?: string): Promise<readonly OwnedResource[]>;
  /** Removes those that still exist. Returns the names of the resources, without leases. */
  remove(resources: readonly OwnedResource[]): Promise<readonly string[]>;
  /**
   * What the place is still removing by itself; nothing of it is among the owned resources.
   * @param owner default: all owners
   */
  readRemovals(owner?: string): Promise<readonly PendingRemoval[]>;
}

/** A resource that its place removes, and has not yet. */
export interface PendingRemoval {
  readonly stack: string;
  /** "namespace shop-dev" */
  readonly resource: string;
  /** In milliseconds since 1970 by the place's clock. */
  readonly since: number;
  /** What keeps it there. Empty if the place names nothing. */
  readonly reason: string;
}

/**
 * The resources created before a time of this machine's clock, in milliseconds since 1970. Places report
 * whole seconds for some kinds: a resource of the same second counts as created before.
 */
export async function createdBefore(
  leases: Pick<LeaseStore, "now" | "precision">,
  resources: readonly OwnedResource[],
  time: number,
): Promise<readonly OwnedResource[]> {
  const offset = (await leases.now()) - Date.now();
  return resources.filter(({ created }) => created < time + offset + leases.precision);
}
