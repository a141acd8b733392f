import { type AddressInfo, createServer, type Socket } from "node:net";
import type { Cluster } from "./cluster.ts";
import { openWebSocket, sendOnChannel } from "./web-socket.ts";

export interface PodPort {
  readonly namespace: string;
  readonly pod: string;
  readonly port: number;
}

/** A port of this machine's loopback that leads to one of a pod. */
export interface ForwardedPort {
  readonly port: number;
  /** Closes the port and its connections. */
  close(): void;
}

/**
 * Milliseconds of silence after which a connection ends whose client has sent its end. The protocol does not
 * pass that end on, and the client may still wait for an answer.
 */
const LINGER = 1000;

const PROTOCOL = "v4.channel.k8s.io";
const CHANNEL = { data: 0, error: 1 } as const;

/** Opens a port of this machine's loopback, whose connections lead to a port of a pod. */
export async function forwardPort(cluster: Cluster, target: PodPort): Promise<ForwardedPort> {
  const connections = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (connection) => {
    connections.add(connection);
    connection.once("close", () => connections.delete(connection));
    // The client sees a closed connection, as from a port on which nobody listens.
    connect(cluster, target, connection).catch(() => connection.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      for (const connection of connections) connection.destroy();
    },
  };
}

async function connect(
  cluster: Cluster,
  { namespace, pod, port }: PodPort,
  connection: Socket,
): Promise<void> {
  connection.on("error", () => connection.destroy());
  const path = `/api/v1/namespaces/${namespace}/pods/${pod}/portforward?ports=${port}`;
  const socket = await openWebSocket(cluster, path, PROTOCOL);
  connection.once("close", () => socket.terminate());
  socket.on("error", () => connection.destroy());
  socket.once("close", () => connection.end());
  // The first message of each channel holds the port's number.
  const opened = new Set<number | undefined>();
  let silence: NodeJS.Timeout | undefined;
  socket.on("message", (message: Buffer) => {
    const [channel] = message;
    if (!opened.has(channel)) opened.add(channel);
    else if (channel === CHANNEL.error) connection.destroy();
    else connection.write(message.subarray(1));
    silence?.refresh();
  });
  socket.resume();
  if (connection.destroyed) return socket.terminate();
  for await (const part of connection.iterator({ destroyOnReturn: false }))
    await sendOnChannel(socket, CHANNEL.data, part as Buffer);
  silence = setTimeout(() => connection.destroy(), LINGER);
  connection.once("close", () => clearTimeout(silence));
}
