import { commandDocker, DockerRefused, existing } from "./api.ts";
import type { StartedContainer } from "./started-container.ts";

/** How engines and their runtimes refuse to change a container that has ended. */
const HAS_ENDED = /stopped container|deleted process|not running/;

/**
 * Limits the processes and threads of a container that exists. Podman below 5 has no such call; its own limit
 * of 2048 applies.
 */
export async function limitPids({ engine, container }: StartedContainer, PidsLimit: number): Promise<void> {
  const path = `/containers/${container}`;
  const limit = () =>
    existing(commandDocker(engine, { method: "POST", path: `${path}/update`, body: { PidsLimit } }));
  try {
    await limit();
  } catch (error) {
    if (!(error instanceof DockerRefused && HAS_ENDED.test(error.message))) throw error;
    // The runtime knew of the end before the engine, which has a limit for the next start once it knows too.
    await commandDocker(engine, { method: "POST", path: `${path}/wait` });
    await limit();
  }
}
