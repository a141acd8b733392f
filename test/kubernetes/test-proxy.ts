import { once } from "node:events";
import { createServer } from "node:http";
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Server,
  type Socket,
} from "node:net";

/** A proxy of this process, as those of companies are. */
export interface TestProxy {
  /** Its host and port. */
  readonly address: string;
  /** The servers that it was asked for, in their order. */
  readonly destinations: readonly string[];
  close(): Promise<void>;
}

interface Login {
  readonly user: string;
  readonly password: string;
}

/**
 * Starts a proxy for the method CONNECT.
 * @param login the only one that it accepts. Default: it needs none
 */
export async function startHttpProxy(login?: Login): Promise<TestProxy> {
  const destinations: string[] = [];
  const server = createServer();
  const expected = login && `Basic ${Buffer.from(`${login.user}:${login.password}`).toString("base64")}`;
  server.on("connect", ({ url = "", headers }, client: Socket) => {
    destinations.push(url);
    if (expected !== undefined && headers["proxy-authorization"] !== expected)
      return client.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
    const { hostname, port } = new URL(`tcp://${url}`);
    join(client, hostname, Number(port), () => client.write("HTTP/1.1 200 Connection established\r\n\r\n"));
  });
  return listening(server, destinations);
}

/** Starts a proxy for SOCKS 5, which asks for this login: https://www.rfc-editor.org/rfc/rfc1928, rfc1929 */
export async function startSocksProxy({ user, password }: Login): Promise<TestProxy> {
  const destinations: string[] = [];
  const server = createTcpServer(async (client) => {
    client.on("error", () => {});
    const read = reader(client);
    const [, methods = 0] = await read(2);
    await read(methods);
    client.write(Buffer.of(5, 2));
    const [, userLength = 0] = await read(2);
    const gotUser = String(await read(userLength));
    const [passwordLength = 0] = await read(1);
    const isAccepted = gotUser === user && String(await read(passwordLength)) === password;
    client.write(Buffer.of(1, isAccepted ? 0 : 1));
    if (!isAccepted) return client.end();
    const [, , , kind] = await read(4);
    const host = kind === 3 ? String(await read((await read(1))[0] ?? 0)) : [...(await read(4))].join(".");
    const port = (await read(2)).readUInt16BE();
    destinations.push(`${host}:${port}`);
    join(client, host, port, () => client.write(Buffer.of(5, 0, 0, 1, 0, 0, 0, 0, 0, 0)));
  });
  return listening(server, destinations);
}

/** Returns a function that reads so many bytes. */
function reader(client: Socket): (count: number) => Promise<Buffer> {
  const read = async (count: number): Promise<Buffer> => {
    const bytes = client.read(count) as Buffer | null;
    if (bytes !== null) return bytes;
    await once(client, "readable");
    return read(count);
  };
  return read;
}

function join(client: Socket, host: string, port: number, connected: () => void): void {
  const upstream = connect(port, host, () => {
    connected();
    client.pipe(upstream).pipe(client);
  });
  upstream.on("error", () => client.destroy());
  client.on("error", () => upstream.destroy());
  upstream.on("close", () => client.destroy());
  client.on("close", () => upstream.destroy());
}

async function listening(server: Server, destinations: readonly string[]): Promise<TestProxy> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    destinations,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
