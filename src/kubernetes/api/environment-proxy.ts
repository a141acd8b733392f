import { BlockList, isIP } from "node:net";
import type { Environment } from "../../machine/environment.ts";
import { type ClusterProxy, parseProxy } from "./proxy.ts";

/**
 * The proxy that the environment names for a server, as Go programs such as kubectl choose it:
 * https://pkg.go.dev/golang.org/x/net/http/httpproxy#Config
 * @throws ConfigurationError for a value that is not the address of a proxy
 */
export function environmentProxy(server: URL, environment: Environment): ClusterProxy | undefined {
  const { NO_PROXY, no_proxy } = environment;
  const name = server.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
  const source = [name, name.toLowerCase()].find((variable) => environment[variable]);
  if (source === undefined || isExempt(server, NO_PROXY || no_proxy || "")) return undefined;
  const text = environment[source] ?? "";
  return parseProxy(text.includes("://") ? text : `http://${text}`, source);
}

/** Whether a server is reached without a proxy: this machine is, and what NO_PROXY lists. */
function isExempt(server: URL, noProxy: string): boolean {
  const host = server.hostname.replace(/^\[|\]$/g, "");
  if (host === "localhost" || LOOPBACK.some((network) => isInNetwork(host, network))) return true;
  const port = server.port || (server.protocol === "https:" ? "443" : "80");
  const entries = noProxy.split(",").map((entry) => entry.trim().toLowerCase());
  return entries.some((entry) => entry === "*" || covers(entry, host, port));
}

interface Network {
  readonly address: string;
  readonly prefix: number;
}

const LOOPBACK: readonly Network[] = [
  { address: "127.0.0.0", prefix: 8 },
  { address: "::1", prefix: 128 },
];

/** Whether an entry of NO_PROXY covers a server: `10.0.0.0/8`, `10.0.0.1:6443`, `.example.com`. */
function covers(entry: string, host: string, port: string): boolean {
  const [, address = "", prefix] = /^(.*)\/(\d+)$/.exec(entry) ?? [];
  if (isIP(address)) return isInNetwork(host, { address, prefix: Number(prefix) });
  // An IPv6 address without brackets ends in no port.
  const [, named = entry, wantedPort = port] = isIP(entry) ? [] : (/^(.*):(\d+)$/.exec(entry) ?? []);
  if (wantedPort !== port) return false;
  const name = named.replace(/^\[|\]$/g, "");
  if (isIP(name)) return isInNetwork(host, { address: name, prefix: longestPrefix(name) });
  if (name === "" || isIP(host)) return false;
  const domain = name.replace(/^\*(?=\.)/, "");
  return host === domain || host.endsWith(domain.startsWith(".") ? domain : `.${domain}`);
}

function isInNetwork(host: string, { address, prefix }: Network): boolean {
  if (!isIP(host) || prefix > longestPrefix(address)) return false;
  const list = new BlockList();
  list.addSubnet(address, prefix, familyOf(address));
  return list.check(host, familyOf(host));
}

function longestPrefix(address: string): number {
  return isIP(address) === 6 ? 128 : 32;
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIP(address) === 6 ? "ipv6" : "ipv4";
}
