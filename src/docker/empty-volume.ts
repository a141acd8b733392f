import type { Labels } from "../model/labels.ts";
import { callDocker, DockerRefused, readText } from "./api.ts";
import type { DockerHost } from "./host.ts";

/** Creates an empty volume for its labels, which every client of the engine can read. */
export async function createEmptyVolume(engine: DockerHost, name: string, labels: Labels): Promise<void> {
  const body = { Name: name, Labels: labels };
  await readText(await callDocker(engine, { method: "POST", path: "/volumes/create", body }));
}

/** Removes a volume. Returns whether it existed. */
export async function removeVolume(engine: DockerHost, name: string): Promise<boolean> {
  try {
    const path = `/volumes/${encodeURIComponent(name)}`;
    await readText(await callDocker(engine, { method: "DELETE", path }));
    return true;
  } catch (error) {
    if (!(error instanceof DockerRefused) || error.status !== 404) throw error;
    return false;
  }
}
