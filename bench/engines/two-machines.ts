import { randomBytes } from "node:crypto";
import {
  docker,
  type Machine,
  type MachineOptions,
  startMachine,
  THIS_MACHINE,
  untilItSucceeds,
} from "./machine.ts";

/** A machine with an engine, named `docker` on a network with that of the command. */
export interface TwoMachines {
  readonly engine: Machine;
  readonly client: Machine;
  /** Removes both and their network. */
  remove(): Promise<void>;
}

/** Starts both machines. */
export async function twoMachines({ options = [], ...engineOptions }: MachineOptions): Promise<TwoMachines> {
  const network = `nestbox-engines-${randomBytes(4).toString("hex")}`;
  await docker("network", "create", network);
  const [engine, client] = await Promise.all([
    startMachine({
      ...engineOptions,
      options: [
        ...["--privileged", "--volume=/var/lib/docker"],
        ...[`--network=${network}`, "--network-alias=docker", ...options],
      ],
    }),
    startMachine({ folder: engineOptions.folder, options: [`--network=${network}`] }),
  ]);
  return {
    engine,
    client,
    async remove() {
      await Promise.all([client.remove(), engine.remove()]);
      await untilItSucceeds(THIS_MACHINE, ["docker", "network", "rm", network]);
    },
  };
}
