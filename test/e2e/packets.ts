import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect as dial } from "node:net";
import { networkInterfaces } from "node:os";
import { eventually } from "../eventually.ts";

/** Receives datagrams on all addresses of this machine. */
export interface PacketReceiver {
  readonly port: number;
  /** The datagrams received so far. */
  readonly received: readonly string[];
  /** Waits for a datagram. */
  arrival(text: string): Promise<void>;
  close(): void;
}

/** Listens for datagrams on a free port. */
export async function receivePackets(): Promise<PacketReceiver> {
  const socket = createSocket("udp4");
  const received: string[] = [];
  socket.on("message", (message) => received.push(message.toString("utf8")));
  socket.bind(0, "0.0.0.0");
  await once(socket, "listening");
  return {
    port: socket.address().port,
    received,
    async arrival(text) {
      await eventually(
        () => {
          if (!received.includes(text)) throw new Error(`received: ${received.join(", ")}`);
        },
        { within: "30s" },
      );
    },
    close: () => void socket.close(),
  };
}

/** This machine's IPv4 addresses, without those of the loopback and Docker's bridges. */
export function ownAddresses(): readonly string[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
    /^(docker|br-|veth)/.test(name)
      ? []
      : addresses.flatMap(({ family, internal, address }) =>
          family === "IPv4" && !internal ? [address] : [],
        ),
  );
}

/**
 * The answer of a Redis at an address to PING, or the reason without one. An open connection is no proof:
 * a gateway may accept it.
 */
export function askRedis(host: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = dial({ host, port, timeout: 2000 }, () => socket.write("PING\r\n"));
    socket
      .setEncoding("utf8")
      .once("data", (answer) => resolve(String(answer).trim()))
      .once("timeout", () => resolve("nothing"))
      .once("error", ({ message }) => resolve(message))
      .once("close", () => resolve("closed"));
    socket.once("data", () => socket.destroy()).once("timeout", () => socket.destroy());
  });
}
