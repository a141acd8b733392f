import { homedir } from "node:os";
import { join } from "node:path";
import type { Environment } from "../machine/environment.ts";

/** The folder of the docker command's settings, contexts and logins. */
export function dockerConfigFolder(environment: Environment): string {
  return environment.DOCKER_CONFIG || join(environment.HOME || homedir(), ".docker");
}
