import type { IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import type { WebSocket } from "ws";
import type { Cluster } from "./cluster.ts";
import { refused, unreachable } from "./request.ts";

/**
 * Opens a WebSocket to the API server. Each of its messages begins with the number of a channel. It is
 * paused: resume it once somebody listens.
 * @param protocol the subprotocol, which says what its channels are
 * @param signal ends the WebSocket. Default: nothing does
 * @throws as callKubernetes does
 */
export async function openWebSocket(
  cluster: Cluster,
  path: string,
  protocol: string,
  signal?: AbortSignal,
): Promise<WebSocket> {
  // Imported here: few commands need it.
  const [{ WebSocket: Client }, connection] = await Promise.all([import("ws"), cluster.connection()]);
  signal?.throwIfAborted();
  const address = new URL(path, cluster.context.server.replace(/^http/, "ws"));
  const socket = new Client(address, [protocol], connection);
  const abort = () => socket.terminate();
  signal?.addEventListener("abort", abort, { once: true });
  socket.once("close", () => signal?.removeEventListener("abort", abort));
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("open", () => {
        socket.pause();
        resolve();
      });
      socket.once("error", (error) => reject(unreachable(cluster, error)));
      socket.once("unexpected-response", (_, answer: IncomingMessage) => {
        const explain = (body: string) => refused(cluster, answer.statusCode ?? 0, body);
        text(answer).then(explain, explain).then(reject);
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
