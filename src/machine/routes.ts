import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import type { Subnet } from "../model/subnets.ts";

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
  try {
    return parseRoutes(readFileSync("/proc/net/fib_trie", "utf8"));
  } catch {
    return interfaceRanges();
  }
}

/** The ranges in the text of /proc/net/fib_trie: an address, then a line for each range that starts there. */
export function parseRoutes(text: string): readonly Subnet[] {
  const found = new Set<Subnet>();
  let address = "";
  for (const line of text.split("\n")) {
    const [, start] = /\|-- ([\d.]+)$/.exec(line) ?? [];
    if (start !== undefined) address = start;
    const [, prefix] = /^ +\/(\d+) \w+ (?:UNICAST|LOCAL)/.exec(line) ?? [];
    if (prefix !== undefined && Number(prefix) >= SHORTEST_PREFIX && !isLoopback(address)) {
      found.add(`${address}/${prefix}` as Subnet);
    }
  }
  return [...found];
}

/** The fallback without /proc: the ranges of the network interfaces. */
function interfaceRanges(): readonly Subnet[] {
  return Object.values(networkInterfaces())
    .flat()
    .flatMap((entry) =>
      entry === undefined || entry.family !== "IPv4" || entry.internal
        ? []
        : [wholeRange(entry.address, entry.netmask)],
    );
}

function wholeRange(address: string, mask: string): Subnet {
  const bytes = mask.split(".").map(Number);
  const first = address.split(".").map((byte, index) => Number(byte) & (bytes[index] ?? 0));
  const prefix = bytes.map((byte) => byte.toString(2).replaceAll("0", "").length).reduce((a, b) => a + b, 0);
  return `${first.join(".")}/${prefix}` as Subnet;
}

function isLoopback(address: string): boolean {
  return address.startsWith("127.");
}
