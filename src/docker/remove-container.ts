import { deleteOnDocker } from "./api.ts";
import type { DockerHost } from "./host.ts";

/** Removes a container with its anonymous volumes, running or not. Returns whether it existed. */
export function removeContainer(engine: DockerHost, container: string): Promise<boolean> {
  return deleteOnDocker(engine, `/containers/${container}?force=1&v=1`);
}
