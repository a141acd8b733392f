import { isLease, type OwnedResource } from "../ownership/owned-resource.ts";
import { commandDocker, DockerRefused, deleteOnDocker } from "./api.ts";
import type { DockerHost } from "./host.ts";
import { listContainers } from "./listing.ts";
import { describeUse, UsedByOthers } from "./other-users.ts";
import { removeContainer } from "./remove-container.ts";

/** Milliseconds for another process to remove a container. */
const WAIT_LIMIT = 30_000;

type Resource = Pick<OwnedResource, "kind" | "id" | "name" | "labels">;

/**
 * Removes those resources that still exist: containers first, then the networks and volumes that they used.
 * Returns the names of the resources, without leases.
 */
export async function removeResources(
  engine: DockerHost,
  resources: readonly Resource[],
): Promise<readonly string[]> {
  const ofKind = (kind: Resource["kind"]) => resources.filter((resource) => resource.kind === kind);
  await Promise.all(ofKind("container").map(({ id }) => removeOrWait(engine, id)));
  const removals = await Promise.allSettled(
    [...ofKind("network"), ...ofKind("volume")].map((resource) => removeUnused(engine, resource)),
  );
  const failures = removals.flatMap((end) => (end.status === "rejected" ? [end.reason] : []));
  if (failures.every((failure) => failure instanceof UsedByOthers) && failures.length > 0) {
    throw new UsedByOthers(failures.map(({ message }) => message).join("\n"));
  }
  if (failures.length > 0) throw failures[0];
  return resources.filter(({ labels }) => !isLease(labels)).map(({ kind, name }) => `${kind} ${name}`);
}

/** Removes a container, or waits for its end if another process is removing it. */
async function removeOrWait(engine: DockerHost, container: string): Promise<void> {
  try {
    await removeContainer(engine, container);
  } catch (error) {
    const isGoing = error instanceof DockerRefused && error.status === 409;
    if (!isGoing || !/removal of container .* is already in progress/.test(error.message)) throw error;
    const path = `/containers/${container}/wait?condition=removed`;
    const signal = AbortSignal.timeout(WAIT_LIMIT);
    // One that stays is named when a network or volume that it uses cannot be removed.
    await commandDocker(engine, { method: "POST", path, signal }).catch(() => {});
  }
}

/** @throws UsedByOthers when containers of another owner use the resource */
async function removeUnused(engine: DockerHost, resource: Resource): Promise<void> {
  const { kind, id } = resource;
  try {
    await deleteOnDocker(engine, `/${kind}s/${encodeURIComponent(id)}`);
  } catch (error) {
    const users = await listContainers(engine, { [kind]: [id] });
    if (users.length === 0) throw error;
    throw new UsedByOthers(describeUse(resource, users));
  }
}
