import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/**
 * A double of a Docker engine on which every container is ready. It lists no networks and containers, and
 * creates volumes.
 */
export interface ReadyEngineDouble {
  readonly host: string;
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
  [/^\/(?:networks|containers\/json)\b/, 200, "[]"],
  [/^\/volumes\?/, 200, JSON.stringify({ Volumes: [] })],
  [/^\/info$/, 200, JSON.stringify({ SystemTime: "2026-11-23T10:00:00Z" })],
  [/\/json$/, 200, JSON.stringify(INSPECTION)],
  [/\/wait$/, 200, JSON.stringify({ StatusCode: 0 })],
  [/\/logs\?/, 200, "listening\n"],
  [/\/archive\?path=\/\.nestbox-ready$/, 404, ""],
];

/** Starts a double on the loopback. */
export async function readyEngineDouble(): Promise<ReadyEngineDouble> {
  const requests: string[] = [];
  const server = createServer(async (request, answer) => {
    const { url = "" } = request;
    requests.push(url);
    const sent = await text(request);
    const [, status, body] = ANSWERS.find(([path]) => path.test(url)) ?? [url, 200, sent];
    answer.writeHead(status).end(body);
  });
  // Otherwise it closes a connection while a slow client sends its next request.
  server.keepAliveTimeout = 0;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    host: `tcp://127.0.0.1:${port}`,
    requests,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
