import { ConfigurationError } from "../model/problem.ts";
import { type DockerHost, dockerHosts, isCandidate } from "./host.ts";

/**
 * The engine that the docker command uses: DOCKER_HOST, else the current context, else this machine's socket.
 * @throws ConfigurationError without an engine
 */
export function engineHost(environment: NodeJS.ProcessEnv = process.env): DockerHost {
  const hosts = dockerHosts(environment);
  const found = hosts.find(isCandidate);
  if (found) return found;
  const addresses = hosts.map(({ host }) => host).join(", ");
  throw new ConfigurationError(
    `no Docker engine at ${addresses}; start one, set DOCKER_HOST, or let \`npm start\` set one up`,
  );
}
