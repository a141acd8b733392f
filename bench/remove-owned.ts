import { engineHost } from "../src/docker/engine-host.ts";
import { readOwnedResources } from "../src/docker/owned-resources.ts";
import { removeResources } from "../src/docker/remove-owned.ts";

/** Removes all resources of an owner. Returns the names of the removed resources, without leases. */
export async function removeOwned(owner: string): Promise<readonly string[]> {
  const engine = engineHost(process.env);
  return removeResources(engine, await readOwnedResources(engine, owner));
}
