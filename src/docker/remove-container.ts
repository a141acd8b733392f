import { commandDocker, DockerRefused, deleteOnDocker } from "./api.ts";
import type { DockerHost } from "./host.ts";

/** Removes a container with its anonymous volumes, running or not. Returns whether it existed. */
export async function removeContainer(engine: DockerHost, container: string): Promise<boolean> {
  // Docker's removal kills. Podman's stops the container, which may take all of its grace period.
  await commandDocker(engine, { method: "POST", path: `/containers/${container}/kill` }).catch(unlessRefused);
  return deleteOnDocker(engine, `/containers/${container}?force=1&v=1`);
}

/** It does not run, or does not exist. */
function unlessRefused(error: unknown): void {
  if (!(error instanceof DockerRefused)) throw error;
}
