import { startMachine } from "./machine.ts";
import { provideImages, type StartedEngine } from "./started-engine.ts";

/**
 * Starts Debian 12's own Docker, on a machine with Debian 12.
 * @param folder of this machine, which the other one has at the same path
 */
export async function startDocker20(folder: string): Promise<StartedEngine> {
  const machine = await startMachine({
    folder,
    options: ["--privileged", "--volume=/var/lib/docker"],
    command: ["tini", "--", "dockerd"],
  });
  await provideImages(machine, {}, folder);
  return { machine, engineMachine: machine, variables: {}, remove: machine.remove };
}
