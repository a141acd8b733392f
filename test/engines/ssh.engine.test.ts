import { startDockerBySsh } from "../../bench/engines/docker-by-ssh.ts";
import { RUN_FOLDER } from "../run-folder.ts";
import { engineCases } from "./engine-cases.ts";

engineCases(() => startDockerBySsh(RUN_FOLDER), { isForwarded: true });
