import { startPodman } from "../../bench/engines/podman.ts";
import { RUN_FOLDER } from "../run-folder.ts";
import { engineCases } from "./engine-cases.ts";

engineCases(() => startPodman(RUN_FOLDER), { getsLogins: true });
