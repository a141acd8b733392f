import type { Labels } from "../model/labels.ts";
import { commandDocker, deleteOnDocker } from "./api.ts";
import type { DockerHost } from "./host.ts";

/** Creates an empty volume for its labels, which every client of the engine can read. */
export async function createEmptyVolume(engine: DockerHost, name: string, labels: Labels): Promise<void> {
  const body = { Name: name, Labels: labels };
  await commandDocker(engine, { method: "POST", path: "/volumes/create", body });
}

/** Removes a volume. Returns whether it existed. */
export function removeVolume(engine: DockerHost, name: string): Promise<boolean> {
  return deleteOnDocker(engine, `/volumes/${encodeURIComponent(name)}`);
}
