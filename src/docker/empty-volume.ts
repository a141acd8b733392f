import type { Labels } from "../model/labels.ts";
import { ConfigurationError } from "../model/problem.ts";
import { askDocker, DockerRefused, deleteOnDocker } from "./api.ts";
import type { DockerHost } from "./host.ts";

/**
 * Creates an empty volume for its labels, which every client of the engine can read.
 * @returns the labels of the volume: those of the first request for its name
 * @throws ConfigurationError if the engine does not permit volumes
 */
export async function createEmptyVolume(engine: DockerHost, name: string, labels: Labels): Promise<Labels> {
  const request = { method: "POST", body: { Name: name, Labels: labels } } as const;
  try {
    const created = await askDocker<{ readonly Labels: Labels | null }>(engine, "/volumes/create", request);
    return created.Labels ?? {};
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
