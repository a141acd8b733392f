import type { Labels } from "../model/labels.ts";
import { callDocker, DockerRefused, readText } from "./api.ts";
import type { DockerHost } from "./host.ts";

/**
 * Makes a volume that is only there for its labels: so the engine keeps a note that everybody who reaches it
 * can read.
 */
export async function createEmptyVolume(engine: DockerHost, name: string, labels: Labels): Promise<void> {
  const body = { Name: name, Labels: labels };
  await readText(await callDocker(engine, { method: "POST", path: "/volumes/create", body }));
}

/** Removes a volume. One that is gone already is no problem. */
export async function removeVolume(engine: DockerHost, name: string): Promise<void> {
  try {
    const path = `/volumes/${encodeURIComponent(name)}`;
    await readText(await callDocker(engine, { method: "DELETE", path }));
  } catch (error) {
    if (!(error instanceof DockerRefused) || error.status !== 404) throw error;
  }
}
