import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { DockerHost } from "../../../src/docker/host.ts";

/** A double of a Docker engine on which every container exists and is ready. */
export interface ReadyEngineDouble {
  readonly engine: DockerHost;
  /** The paths of the requests so far. */
  readonly requests: readonly string[];
  close(): void;
}

const INSPECTION = {
  Config: { Tty: true },
  State: { Running: true, ExitCode: 0, OOMKilled: false, Error: "", Health: { Status: "healthy", Log: [] } },
};

/** Status and body of the response, by a pattern of the path. */
const ANSWERS: readonly (readonly [RegExp, number, string])[] = [
  [/\/json$/, 200, JSON.stringify(INSPECTION)],
  [/\/wait$/, 200, JSON.stringify({ StatusCode: 0 })],
  [/\/logs\?/, 200, "listening\n"],
  [/\/archive\?path=\/\.nestbox-ready$/, 404, ""],
];

/** Starts a double on the loopback. */
export async function readyEngineDouble(): Promise<ReadyEngineDouble> {
  const requests: string[] = [];
  const server = createServer((request, answer) => {
    const { url = "" } = request;
    requests.push(url);
    const [, status, body] = ANSWERS.find(([path]) => path.test(url)) ?? [url, 200, ""];
    request.resume().once("end", () => answer.writeHead(status).end(body));
  });
  // Otherwise it closes a connection while a slow client sends its next request.
  server.keepAliveTimeout = 0;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const engine = { host: `tcp://127.0.0.1:${port}`, origin: "double", isChosen: true };
  return { engine, requests, close: () => server.close() };
}
