import { readFileSync } from "node:fs";
import type { Agent } from "node:http";
import { Socket } from "node:net";
import path from "node:path";
import type Docker from "dockerode";
import { ConfigurationError } from "../model/problem.ts";
import { KEEP_ALIVE } from "./api.ts";
import { type DockerHost, dockerHosts, isCandidate, socketPath } from "./host.ts";

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

/** A dockerode client of an engine. It has sent nothing yet. */
export async function connect(engine: DockerHost = engineHost()): Promise<Docker> {
  // Imported here: it loads longer than most commands take. Single requests use api.ts instead.
  const { default: Dockerode } = await import("dockerode");
  const options = clientOptions(engine);
  const agent = await keepAliveAgent(options);
  return new Dockerode(Object.assign(options, agent && { agent }));
}

/** An agent with TCP keep-alive, which detects that an engine's machine has vanished. */
async function keepAliveAgent({ protocol }: Docker.DockerOptions): Promise<Agent | undefined> {
  if (protocol !== "http" && protocol !== "https") return undefined;
  const agent = new (await (protocol === "https" ? import("node:https") : import("node:http"))).Agent();
  const connectAs = agent.createConnection.bind(agent);
  agent.createConnection = (options, callback) => {
    const connection = connectAs(options, callback);
    if (connection instanceof Socket) connection.setKeepAlive(true, KEEP_ALIVE);
    return connection;
  };
  return agent;
}

function clientOptions({ host, certificates }: DockerHost): Docker.DockerOptions {
  const socket = socketPath({ host });
  if (socket !== undefined) return { socketPath: socket };
  const address = new URL(host);
  if (address.protocol === "ssh:") {
    return { protocol: "ssh", host: address.hostname, port: address.port || 22, username: address.username };
  }
  const endpoint = { host: address.hostname, port: address.port || (certificates ? 2376 : 2375) };
  if (certificates === undefined) return { protocol: "http", ...endpoint };
  const read = (name: string) => readFileSync(path.join(certificates, name));
  return { protocol: "https", ...endpoint, ca: read("ca.pem"), cert: read("cert.pem"), key: read("key.pem") };
}
