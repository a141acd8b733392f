import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { type Cluster, clusterOf } from "../../src/kubernetes/api/cluster.ts";

/** A cluster whose connections go through a proxy. */
export interface ProxiedCluster {
  readonly cluster: Cluster;
  /** Cuts all connections, and holds new ones until the returned function is called. */
  interrupt(): () => void;
  /** Cuts all connections, and accepts no others. */
  stop(): void;
}

/** Reaches a cluster through a TCP proxy of this process. */
export async function proxiedCluster({ context }: Cluster): Promise<ProxiedCluster> {
  const { hostname, port } = new URL(context.server);
  const sockets = new Set<Socket>();
  let held: (() => void)[] | undefined;
  const open = (client: Socket) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => {});
    }
    client.pipe(upstream).pipe(client);
  };
  const server = createServer((client) => {
    if (held === undefined) open(client);
    else held.push(() => open(client));
  });
  const cut = () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    cluster: clusterOf({ ...context, server: address }, process.env),
    interrupt: () => {
      held = [];
      cut();
      return () => {
        for (const resume of held ?? []) resume();
        held = undefined;
      };
    },
    stop: () => {
      server.close();
      cut();
    },
  };
}
