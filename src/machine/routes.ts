import { type NetworkInterfaceInfo, networkInterfaces } from "node:os";
import type { Subnet } from "../model/subnets.ts";
import { textOf } from "./proc.ts";

/**
 * The shortest prefix of a network. Wider ranges are the internet: the default route, or the two halves by
 * which a VPN replaces it.
 */
const SHORTEST_PREFIX = 8;

/**
 * The address ranges that this machine has routes for: its networks, its addresses, and those of its VPNs.
 * All routing tables count, if the system shows them.
 */
export function routesOfThisMachine(): readonly Subnet[] {
  const routes = textOf("/proc/net/fib_trie");
  return routes === undefined ? interfaceRanges() : parseRoutes(routes);
}

/** The ranges in the text of /proc/net/fib_trie: an address, then a line for each range that starts there. */
export function parseRoutes(text: string): readonly Subnet[] {
  const found = new Set<Subnet>();
  let address = "";
  for (const line of text.split("\n")) {
    const [, start] = /\|-- ([\d.]+)$/.exec(line) ?? [];
    if (start !== undefined) address = start;
    const [, prefix] = /^ +\/(\d+) \w+ (?:UNICAST|LOCAL)/.exec(line) ?? [];
    if (prefix !== undefined && Number(prefix) >= SHORTEST_PREFIX && !address.startsWith("127.")) {
      found.add(`${address}/${prefix}` as Subnet);
    }
  }
  return [...found];
}

/** The fallback without /proc: the ranges of the network interfaces. */
function interfaceRanges(): readonly Subnet[] {
  return Object.values(networkInterfaces())
    .flatMap((entries = []) => entries)
    .filter(({ family, internal }) => family === "IPv4" && !internal)
    .map(wholeRange);
}

function wholeRange({ address, netmask, cidr }: NetworkInterfaceInfo): Subnet {
  const mask = netmask.split(".").map(Number);
  const first = address.split(".").map((byte, index) => Number(byte) & (mask[index] ?? 0));
  return `${first.join(".")}/${cidr?.split("/")[1]}` as Subnet;
}
