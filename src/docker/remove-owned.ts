import type Docker from "dockerode";
import { LABEL, type Labels } from "../model/labels.ts";
import { connect, engineHost } from "./client.ts";
import { describeUse, UsedByOthers } from "./other-users.ts";
import { type OwnedResource, readOwnedResources } from "./owned-resources.ts";

type Resource = Pick<OwnedResource, "kind" | "id" | "name" | "labels">;

/** Whether these are the labels of a lease or a reserved subnet, and of no part of a stack. */
export function isLease(labels: Labels): boolean {
  return labels[LABEL.kind] === "lease" || labels[LABEL.kind] === "reservation";
}

/** Removes all resources of an owner. Returns the names of the removed resources, without leases. */
export async function removeOwned(owner: string): Promise<readonly string[]> {
  const engine = engineHost();
  return removeResources(await connect(engine), await readOwnedResources(engine, owner));
}

/**
 * Removes those resources that still exist: containers first, then the networks and volumes that they used.
 * Returns the names of the resources, without leases.
 */
export async function removeResources(
  docker: Docker,
  resources: readonly Resource[],
): Promise<readonly string[]> {
  const ofKind = (kind: Resource["kind"]) => resources.filter((resource) => resource.kind === kind);
  const containers = ofKind("container").map(({ id }) => docker.getContainer(id));
  await Promise.all(containers.map((one) => one.remove({ force: true, v: true }).catch(ignoreMissing)));
  const removals = await Promise.allSettled([
    ...ofKind("network").map((network) => removeUnused(docker, network, docker.getNetwork(network.id))),
    ...ofKind("volume").map((volume) => removeUnused(docker, volume, docker.getVolume(volume.id))),
  ]);
  const failures = removals.flatMap((end) => (end.status === "rejected" ? [end.reason] : []));
  if (failures.every((failure) => failure instanceof UsedByOthers) && failures.length > 0) {
    throw new UsedByOthers(failures.map(({ message }) => message).join("\n"));
  }
  if (failures.length > 0) throw failures[0];
  return resources.filter(({ labels }) => !isLease(labels)).map(({ kind, name }) => `${kind} ${name}`);
}

/** @throws UsedByOthers when containers of another owner use the resource */
async function removeUnused(
  docker: Docker,
  resource: Resource,
  object: Docker.Network | Docker.Volume,
): Promise<void> {
  try {
    await object.remove().catch(ignoreMissing);
  } catch (error) {
    const users = await docker.listContainers({ all: true, filters: { [resource.kind]: [resource.id] } });
    if (users.length === 0) throw error;
    throw new UsedByOthers(describeUse(resource, users));
  }
}

/** Ignores the error for a container that another process has removed, or is removing. */
function ignoreMissing(error: { readonly statusCode?: number; readonly message?: string }): void {
  const isGoing =
    error.statusCode === 409 && /removal of container .* is already in progress/.test(error.message ?? "");
  if (error.statusCode !== 404 && !isGoing) throw error;
}
