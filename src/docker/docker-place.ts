import { removeAbandoned } from "../ownership/abandoned-sandboxes.ts";
import { isLease } from "../ownership/owned-resource.ts";
import type { Place } from "../ownership/place.ts";
import type { DockerHost } from "./host.ts";
import { leaseVolumes } from "./lease-volumes.ts";
import { readOwnedResources } from "./owned-resources.ts";
import { removeResources } from "./remove-owned.ts";

export function dockerPlace(engine: DockerHost): Place {
  const leases = leaseVolumes(engine);
  return {
    ...{ title: "engine", leases },
    readOwned: (owner) => readOwnedResources(engine, owner),
    remove: (resources) => removeResources(engine, resources),
    removeAbandoned: () =>
      removeAbandoned(leases, async (owner) => {
        const owned = await readOwnedResources(engine, owner);
        return removeResources(
          engine,
          owned.filter(({ labels }) => !isLease(labels)),
        );
      }),
    // An answer to a removal comes once it has ended.
    readRemovals: async () => [],
  };
}
