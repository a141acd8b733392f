import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import type { Subnet } from "../model/subnets.ts";

/**
 * The shortest prefix of a range that counts as somebody's network. What is wider, such as the default route
 * or the halves by which a VPN replaces it, means the internet.
 */
const WIDEST = 8;

/**
 * The ranges that this machine already sends somewhere: its own networks and addresses, and those of its
 * VPNs. In every routing table, where the system shows them.
 */
export function routesOfThisMachine(): readonly Subnet[] {
  try {
    return parseRoutes(readFileSync("/proc/net/fib_trie", "utf8"));
  } catch {
    return interfaceRanges();
  }
}

/**
 * The ranges in the text of /proc/net/fib_trie: a line with an address, then one for each range that begins
 * there.
 */
export function parseRoutes(text: string): readonly Subnet[] {
  const found = new Set<Subnet>();
  let address = "";
  for (const line of text.split("\n")) {
    const [, begins] = /\|-- ([\d.]+)$/.exec(line) ?? [];
    if (begins !== undefined) address = begins;
    const [, prefix] = /^ +\/(\d+) \w+ (?:UNICAST|LOCAL)/.exec(line) ?? [];
    if (prefix !== undefined && Number(prefix) >= WIDEST && !isLoopback(address)) {
      found.add(`${address}/${prefix}` as Subnet);
    }
  }
  return [...found];
}

/** Where there is no such file, the addresses of the interfaces at least. */
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
