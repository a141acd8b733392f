import type { OwnerStore } from "../ownership/owner-store.ts";
import type { DockerHost } from "./host.ts";
import { leaseVolumes } from "./lease-volumes.ts";
import { readOwnedResources } from "./owned-resources.ts";
import { removeResources } from "./remove-owned.ts";

/** What an engine stores of owners. */
export function ownerStoreOn(engine: DockerHost): OwnerStore {
  return {
    leases: leaseVolumes(engine),
    readOwned: (owner) => readOwnedResources(engine, owner),
    remove: (resources) => removeResources(engine, resources),
    // An answer to a removal comes once it has ended.
    readRemovals: async () => [],
  };
}
