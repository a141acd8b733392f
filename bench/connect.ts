import { readFileSync } from "node:fs";
import path from "node:path";
import type Docker from "dockerode";
import Dockerode from "dockerode";
import { engineHost } from "../src/docker/engine-host.ts";
import { type DockerHost, socketPath } from "../src/docker/host.ts";

/** A client of an engine that shares no code with Nestbox. It has sent nothing yet. */
export async function connect(engine: DockerHost = engineHost(process.env)): Promise<Docker> {
  return new Dockerode(clientOptions(engine));
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
