import type Docker from "dockerode";
import { LABEL, type Labels } from "../model/labels.ts";
import { describeUse, UsedByOthers } from "./other-users.ts";
import type { Possession } from "./possessions.ts";

/** What removing something takes to know of it. */
type Part = Pick<Possession, "kind" | "id" | "name" | "labels">;

/** Kinds of what is only there for what its labels tell: nobody misses it. */
const NOTES: readonly (string | undefined)[] = ["life", "reservation", "tombstone", "grave"];

/**
 * Whether what carries these labels is only there for what they tell, and is nothing that a stack consists
 * of.
 */
export function isNote(labels: Labels): boolean {
  return NOTES.includes(labels[LABEL.kind]);
}

/** Removes everything that carries the owner's label. Gives the names of what it removed, but for notes. */
export async function removeLeftovers(docker: Docker, owner: string): Promise<readonly string[]> {
  const filters = { label: [`${LABEL.owner}=${owner}`] };
  const containers = await docker.listContainers({ all: true, filters });
  const networks = await docker.listNetworks({ filters });
  const { Volumes: volumes } = await docker.listVolumes({ filters });
  return removeParts(docker, [
    ...containers.map(({ Id, Names, Labels }): Part => {
      return { kind: "container", id: Id, name: (Names[0] ?? Id).replace(/^\//, ""), labels: Labels };
    }),
    ...networks.map(({ Id, Name, Labels }): Part => {
      return { kind: "network", id: Id, name: Name, labels: Labels ?? {} };
    }),
    ...volumes.map(({ Name, Labels }): Part => {
      return { kind: "volume", id: Name, name: Name, labels: Labels ?? {} };
    }),
  ]);
}

/**
 * Removes parts: containers first, then what they used. What is gone already is no problem. Gives the names
 * of the parts, but for notes.
 */
export async function removeParts(docker: Docker, parts: readonly Part[]): Promise<readonly string[]> {
  const ofKind = (kind: Part["kind"]) => parts.filter((part) => part.kind === kind);
  const containers = ofKind("container").map(({ id }) => docker.getContainer(id));
  await Promise.all(containers.map((one) => one.remove({ force: true, v: true }).catch(ignoreMissing)));
  const removals = await Promise.allSettled([
    ...ofKind("network").map((part) => removeUnused(docker, part, docker.getNetwork(part.id))),
    ...ofKind("volume").map((part) => removeUnused(docker, part, docker.getVolume(part.id))),
  ]);
  const failures = removals.flatMap((end) => (end.status === "rejected" ? [end.reason] : []));
  if (failures.every((failure) => failure instanceof UsedByOthers) && failures.length > 0) {
    throw new UsedByOthers(failures.map(({ message }) => message).join("\n"));
  }
  if (failures.length > 0) throw failures[0];
  return parts.filter(({ labels }) => !isNote(labels)).map(({ kind, name }) => `${kind} ${name}`);
}

/** @throws UsedByOthers when containers that are not ours use it */
async function removeUnused(
  docker: Docker,
  part: Part,
  object: Docker.Network | Docker.Volume,
): Promise<void> {
  try {
    await object.remove().catch(ignoreMissing);
  } catch (error) {
    const users = await docker.listContainers({ all: true, filters: { [part.kind]: [part.id] } });
    if (users.length === 0) throw error;
    throw new UsedByOthers(describeUse(part, users));
  }
}

/** Somebody else has removed it, or is about to. */
function ignoreMissing(error: { readonly statusCode?: number; readonly message?: string }): void {
  const isGoing =
    error.statusCode === 409 && /removal of container .* is already in progress/.test(error.message ?? "");
  if (error.statusCode !== 404 && !isGoing) throw error;
}
