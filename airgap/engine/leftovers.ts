import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runChild } from "../../src/machine/child-process.ts";

/**
 * Removes the bridges, and the packet filter's rules about them, that an engine left which did not end in
 * order. A container on a network whose addresses such a bridge still has would reach nobody. A bridge that
 * has ports belongs to someone alive and stays; so does one that a network of the engine's own data names.
 */
export async function removeLeftovers(root: string, data: string): Promise<void> {
  const known = knownNetworks(data);
  for (const bridge of await interfaces("type", "bridge")) {
    const isKnown = bridge !== "docker0" && known.includes(bridge.replace("br-", ""));
    if (!isDockerBridge(bridge) || isKnown || (await interfaces("master", bridge)).length > 0) continue;
    await runChild({ command: "ip", args: ["link", "delete", bridge] });
    for (const table of ["filter", "nat"]) await removeRules(root, table, bridge);
  }
}

/** The names of the network interfaces of which something is true, in the words of the ip command. */
async function interfaces(...condition: readonly string[]): Promise<readonly string[]> {
  const output = await runChild({ command: "ip", args: ["-json", "link", "show", ...condition] });
  // Of what does not exist it says nothing, or a list with an empty entry, by its version.
  const found: readonly { readonly ifname?: string }[] = JSON.parse(output || "[]");
  return found.flatMap(({ ifname }) => ifname ?? []);
}

/** Whether an interface has a name that Docker gives its bridges. */
export function isDockerBridge(name: string): boolean {
  return name === "docker0" || /^br-[0-9a-f]{12}$/.test(name);
}

/** The engine keeps its networks in a database; their numbers are in it as plain text. */
function knownNetworks(data: string): string {
  const database = join(data, "network", "files", "local-kv.db");
  return existsSync(database) ? readFileSync(database, "latin1") : "";
}

async function removeRules(root: string, table: string, bridge: string): Promise<void> {
  const iptables = (...args: string[]): Promise<string> =>
    runChild({ command: "chroot", args: [root, "iptables", "--wait", "-t", table, ...args] });
  const rules = (await iptables("-S")).split("\n");
  for (const rule of rules) {
    const words = rule.split(" ");
    if (words[0] === "-A" && words.includes(bridge)) await iptables("-D", ...words.slice(1));
  }
}
