import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";

/** An API server of this process, which speaks HTTP without TLS, as `kubectl proxy` does. */
export interface ApiServerDouble {
  readonly address: string;
  /** All requests, in their order. */
  readonly requests: readonly IncomingMessage[];
  close(): Promise<void>;
}

/**
 * Starts an API server that handles each request so.
 * @param accept handles its WebSockets. Default: none are opened
 */
export async function startApiServerDouble(
  handle: (request: IncomingMessage, answer: ServerResponse) => void,
  accept?: (socket: WebSocket) => void,
): Promise<ApiServerDouble> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, answer) => {
    requests.push(request);
    handle(request, answer);
  });
  const sockets = new WebSocketServer({ noServer: true });
  if (accept !== undefined)
    server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      requests.push(request);
      sockets.handleUpgrade(request, socket, head, accept);
    });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets.clients) socket.terminate();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Answers with JSON. */
export function answerJson(answer: ServerResponse, content: object): void {
  answer.setHeader("content-type", "application/json");
  answer.end(JSON.stringify(content));
}
