import type { IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import type { WebSocket } from "ws";
import { addressIn, type Cluster, type ClusterConnection } from "./cluster.ts";
import { withCredentials } from "./renew-credentials.ts";
import { repeatLater } from "./repeat-later.ts";
import { refused, unreachable } from "./request.ts";

/** In milliseconds. Many proxies cut connections on which nothing is sent for 30 or 60 s. */
const PING_EVERY = 20_000;

/** The milliseconds that the API server has to accept a WebSocket. */
const LIMIT = 30_000;

/**
 * Opens a WebSocket to the API server. Each of its messages begins with the number of a channel. It is
 * paused: resume it once somebody listens.
 * @param protocol the subprotocol, which says what its channels are
 * @param signal ends the WebSocket. Default: nothing does
 * @throws as callKubernetes does
 */
export function openWebSocket(
  cluster: Cluster,
  path: string,
  protocol: string,
  signal?: AbortSignal,
): Promise<WebSocket> {
  return repeatLater({ method: "GET", signal }, () =>
    withCredentials(cluster, ({ options }) => openOnce(cluster, path, protocol, options, signal)),
  );
}

async function openOnce(
  cluster: Cluster,
  path: string,
  protocol: string,
  options: ClusterConnection["options"],
  signal: AbortSignal | undefined,
): Promise<WebSocket> {
  // Imported here: few commands need it.
  const { WebSocket: Client } = await import("ws");
  signal?.throwIfAborted();
  const socket = new Client(addressIn(cluster, path), [protocol], { ...options, handshakeTimeout: LIMIT });
  const abort = () => socket.terminate();
  signal?.addEventListener("abort", abort, { once: true });
  socket.once("close", () => signal?.removeEventListener("abort", abort));
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("open", () => {
        const pings = setInterval(() => socket.ping(), PING_EVERY);
        socket.once("close", () => clearInterval(pings));
        socket.pause();
        resolve();
      });
      socket.once("error", (error) => reject(unreachable(cluster, error)));
      socket.once("unexpected-response", (_, answer: IncomingMessage) => {
        const explain = (body: string) => refused(cluster, { method: "GET", path }, answer, body);
        text(answer)
          .then(explain, () => explain(""))
          .then(reject);
      });
    });
    return socket;
  } catch (error) {
    socket.terminate();
    signal?.throwIfAborted();
    throw error;
  }
}

/** Sends a message on a channel, and waits until it has left this process. */
export function sendOnChannel(socket: WebSocket, channel: number, content: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(Buffer.concat([Buffer.of(channel), content]), (error) => (error ? reject(error) : resolve()));
  });
}
