import type { Environment } from "../machine/environment.ts";
import { ConfigurationError } from "../model/problem.ts";
import { type DockerHost, dockerHosts, isCandidate, isUsable } from "./host.ts";
import { USUAL_SOCKET } from "./usual-sockets.ts";

/** How a machine without an engine gets one. */
export const OWN_ENGINE =
  "root on Debian or Ubuntu can install nestbox-airgap, with which `npx nestbox run` starts one";

/**
 * The engine that the docker command uses: DOCKER_HOST, else the current context, else the first of this
 * machine's sockets that the user may use. Asks none: {@link findEngine} does.
 * @throws ConfigurationError without an engine
 */
export function engineHost(environment: Environment): DockerHost {
  const found = usableEngine(environment);
  if (found !== undefined) return found;
  throw noEngine();
}

/** As {@link engineHost}; undefined without an engine. */
export function usableEngine(environment: Environment): DockerHost | undefined {
  const hosts = dockerHosts(environment).filter(isCandidate);
  return hosts.find(isUsable) ?? hosts[0];
}

/** The error where no engine was chosen and no socket exists. */
export function noEngine(): ConfigurationError {
  return new ConfigurationError(
    `no Docker engine at ${USUAL_SOCKET} or another usual socket; ` +
      `start one, or set DOCKER_HOST; ${OWN_ENGINE}`,
  );
}
