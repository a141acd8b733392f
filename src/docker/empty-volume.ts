import type { Labels } from "../model/labels.ts";
import { ConfigurationError } from "../model/problem.ts";
import { callDocker, DockerRefused, deleteOnDocker, readText } from "./api.ts";
import type { DockerHost } from "./host.ts";

/**
 * Creates an empty volume for its labels, which every client of the engine can read.
 * @returns the labels of the volume: those of the first request for its name
 * @throws ConfigurationError if the engine does not permit volumes
 */
export async function createEmptyVolume(engine: DockerHost, name: string, labels: Labels): Promise<Labels> {
  const body = { Name: name, Labels: labels };
  try {
    const answer = await callDocker(engine, { method: "POST", path: "/volumes/create", body });
    return (JSON.parse(await readText(answer)) as { readonly Labels: Labels | null }).Labels ?? {};
  } catch (error) {
    if (!(error instanceof DockerRefused && [401, 403].includes(error.status))) throw error;
    throw new ConfigurationError(
      `the Docker engine at ${engine.host}: does not permit to create volumes (${error.message}); ` +
        "permit POST /volumes/create: empty volumes hold the leases of Nestbox",
    );
  }
}

/** Removes a volume. Returns whether it existed. */
export function removeVolume(engine: DockerHost, name: string): Promise<boolean> {
  return deleteOnDocker(engine, `/volumes/${encodeURIComponent(name)}`);
}
