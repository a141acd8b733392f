import { startMachine } from "./machine.ts";
import { provideImages, type StartedEngine } from "./started-engine.ts";

/**
 * Starts Debian 12's Podman as root, with its Docker-compatible API.
 * @param folder of this machine, which the other one has at the same path
 */
export async function startPodman(folder: string): Promise<StartedEngine> {
  const machine = await startMachine({
    folder,
    options: ["--privileged", "--volume=/var/lib/containers"],
    command: ["tini", "--", "podman", "system", "service", "--time=0"],
  });
  const variables = { DOCKER_HOST: "unix:///run/podman/podman.sock" };
  await provideImages(machine, variables, folder);
  return { machine, engineMachine: machine, variables, remove: machine.remove };
}
