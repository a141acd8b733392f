import { startMachine } from "../../bench/engines/machine.ts";
import { RUN_FOLDER } from "../run-folder.ts";
import { engineCases } from "./engine-cases.ts";

// A container with the socket of its own engine, as many CI jobs have it.
engineCases(async () => {
  const options = ["--volume=/var/run/docker.sock:/var/run/docker.sock"];
  const machine = await startMachine({ folder: RUN_FOLDER, options });
  return { machine, variables: {}, remove: machine.remove };
});
