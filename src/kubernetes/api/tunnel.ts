import type { Agent } from "node:http";
import { request as requestByTls, Agent as TlsAgent } from "node:https";
import type { Duplex } from "node:stream";
import { SocksClient } from "socks";
import { ProxyFailed } from "./cluster-error.ts";
import { type ClusterProxy, proxyAddress } from "./proxy.ts";

const http = process.getBuiltinModule("node:http");

/** In milliseconds, fewer than a request has, so that its error names the proxy. */
const LIMIT = 20_000;

interface Destination {
  readonly host: string;
  readonly port: number;
}

/** Has the connections of an agent lead through a proxy. TLS is negotiated with the server behind it. */
export function sendThroughProxy(agent: Agent, proxy: ClusterProxy): void {
  const connect = agent.createConnection.bind(agent);
  const open = async (options: Parameters<typeof connect>[0]) => {
    const { host, port } = options;
    const socket = await openTunnel(proxy, { host: host ?? "", port: Number(port) });
    return agent instanceof TlsAgent ? (connect({ ...options, ...{ socket } }) as Duplex) : socket;
  };
  agent.createConnection = (options, callback) => {
    open(options).then(
      (connection) => callback?.(null, connection),
      (error: Error) => callback?.(error, undefined as never),
    );
    return undefined;
  };
}

/** @throws ProxyFailed */
async function openTunnel(proxy: ClusterProxy, destination: Destination): Promise<Duplex> {
  try {
    return await (proxy.scheme === "socks5" ? socksTunnel : httpTunnel)(proxy, destination);
  } catch (error) {
    // Not as its cause: that of `socks` has the password.
    const { message } = error as Error;
    const remedy = /\b407\b|authentication/i.test(message)
      ? "correct its user and password there"
      : `start it, or correct ${proxy.source}`;
    throw new ProxyFailed(
      `the proxy ${proxyAddress(proxy)} of ${proxy.source} opens no connection (${message}); ${remedy}`,
    );
  }
}

async function socksTunnel({ host, port, login }: ClusterProxy, destination: Destination): Promise<Duplex> {
  const { socket } = await SocksClient.createConnection({
    command: "connect",
    destination,
    proxy: { host, port, type: 5, ...(login && { userId: login.user, password: login.password }) },
    timeout: LIMIT,
  });
  return socket;
}

/** https://www.rfc-editor.org/rfc/rfc9110#CONNECT */
function httpTunnel({ scheme, host, port, login }: ClusterProxy, destination: Destination): Promise<Duplex> {
  const name = destination.host.includes(":") ? `[${destination.host}]` : destination.host;
  const target = `${name}:${destination.port}`;
  const request = (scheme === "https" ? requestByTls : http.request)({
    ...{ host, port, method: "CONNECT", path: target, agent: false },
    headers: { host: target, ...(login && { "proxy-authorization": basic(login) }) },
  });
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => request.destroy(new Error(`no answer within ${LIMIT / 1000} s`)), LIMIT);
    request.once("close", () => clearTimeout(timer));
    request.once("error", reject);
    request.once("connect", ({ statusCode = 0, statusMessage }, socket) => {
      clearTimeout(timer);
      if (statusCode >= 200 && statusCode < 300) return resolve(socket);
      socket.destroy();
      reject(new Error(`status ${statusCode} ${statusMessage}`.trim()));
    });
    request.end();
  });
}

function basic({ user, password }: NonNullable<ClusterProxy["login"]>): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}
