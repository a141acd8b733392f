import { startDocker20 } from "../../bench/engines/docker-20.ts";
import { RUN_FOLDER } from "../run-folder.ts";
import { engineCases } from "./engine-cases.ts";

engineCases(() => startDocker20(RUN_FOLDER), { getsLogins: true });
