import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { networkInterfaces } from "node:os";

/** A server of this machine, outside every sandbox. */
export interface OutsideListener {
  readonly host: string;
  readonly port: number;
  close(): void;
}

/** Listens on a free port of all addresses: what reaches it has left its sandbox. */
export async function listenOutside(): Promise<OutsideListener> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.end();
  });
  server.listen(0, "0.0.0.0").unref();
  await once(server, "listening");
  return {
    host: ownAddress(),
    port: (server.address() as AddressInfo).port,
    close: () => void server.close(),
  };
}

/** An address of this machine that is none of a bridge of Docker's. */
function ownAddress(): string {
  const addresses = Object.entries(networkInterfaces()).flatMap(([name, found = []]) =>
    /^(docker|br-|veth)/.test(name)
      ? []
      : found.filter(({ family, internal }) => family === "IPv4" && !internal),
  );
  return addresses[0]?.address ?? "127.0.0.1";
}
