import { THIS_MACHINE } from "../../bench/engines/machine.ts";
import { engineCases } from "./engine-cases.ts";

// The engine of this machine over its socket.
engineCases(async () => ({ machine: THIS_MACHINE, variables: {}, remove: THIS_MACHINE.remove }));
