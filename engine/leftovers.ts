import type Docker from "dockerode";
import { LABEL } from "../sandboxes/model/labels.ts";
import type { Possession } from "./possessions.ts";

/** What removing something takes to know of it. */
type Part = Pick<Possession, "kind" | "id" | "name" | "labels">;

/** Kinds of what only we know: nobody misses it. */
const UNTOLD: readonly (string | undefined)[] = ["life", "reservation"];

/** Removes everything that carries the owner's label. Gives the names of what it removed, but for lives and reservations. */
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

/** Removes parts: containers first, then what they used. What is gone already is no problem. Gives the names of the parts, but for lives and reservations. */
export async function removeParts(docker: Docker, parts: readonly Part[]): Promise<readonly string[]> {
  const ofKind = (kind: Part["kind"]) => parts.filter((part) => part.kind === kind);
  const containers = ofKind("container").map(({ id }) => docker.getContainer(id));
  await Promise.all(containers.map((one) => one.remove({ force: true, v: true }).catch(ignoreMissing)));
  await Promise.all([
    ...ofKind("network").map(({ id }) => docker.getNetwork(id).remove().catch(ignoreMissing)),
    ...ofKind("volume").map(({ id }) => docker.getVolume(id).remove().catch(ignoreMissing)),
  ]);
  return parts
    .filter(({ labels }) => !UNTOLD.includes(labels[LABEL.kind]))
    .map(({ kind, name }) => `${kind} ${name}`);
}

/** Somebody else has removed it, or is about to. */
function ignoreMissing(error: { readonly statusCode?: number; readonly message?: string }): void {
  const isGoing =
    error.statusCode === 409 && /removal of container .* is already in progress/.test(error.message ?? "");
  if (error.statusCode !== 404 && !isGoing) throw error;
}
