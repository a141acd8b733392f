import type { Labels } from "../model/labels.ts";
import type { OwnedResource } from "./owned-resource.ts";

/** A lease on its place. Its id differs after each renewal. */
export type StoredLease = Pick<OwnedResource, "id" | "name" | "labels">;

/** Where a place keeps its leases. */
export interface LeaseStore {
  /** The time of the place's clock, in milliseconds since 1970. The clocks of its clients may differ. */
  now(): Promise<number>;
  /** How far that may be behind, in milliseconds. */
  readonly precision: number;
  /** @param owner default: all owners */
  list(owner?: string): Promise<readonly StoredLease[]>;
  create(labels: Labels): Promise<WrittenLease>;
  /** Removes a lease, unless it was renewed since it was read. */
  remove(lease: { readonly name: string; readonly revision: string }): Promise<void>;
}

export interface WrittenLease {
  /** Writes other labels. Returns whether the lease was still there, and this process its holder. */
  renew(labels: Labels): Promise<boolean>;
  /** Removes what this process has written. */
  remove(): Promise<void>;
}
