import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Dependencies } from "../dependencies.ts";

type RunChild = Dependencies["runChild"];

/**
 * Removes the bridges of a killed engine, and their packet filter rules: they block containers on a network
 * with the same addresses. A bridge with ports, or of a network in the engine's data, stays.
 */
export async function removeStaleBridges(root: string, data: string, runChild: RunChild): Promise<void> {
  const known = knownNetworks(data);
  for (const bridge of await interfaces(runChild, "type", "bridge")) {
    const isKnown = bridge !== "docker0" && known.includes(bridge.replace("br-", ""));
    if (!isDockerBridge(bridge) || isKnown || (await interfaces(runChild, "master", bridge)).length > 0)
      continue;
    await runChild({ command: "ip", args: ["link", "delete", bridge] });
    for (const table of ["filter", "nat"]) await removeRules(root, table, bridge, runChild);
  }
}

/** The names of the network interfaces that match a filter of `ip link show`. */
async function interfaces(runChild: RunChild, ...filter: readonly string[]): Promise<readonly string[]> {
  const output = await runChild({ command: "ip", args: ["-json", "link", "show", ...filter] });
  // Without a match some versions print nothing, others a list with an empty entry.
  const found: readonly { readonly ifname?: string }[] = JSON.parse(output || "[]");
  return found.flatMap(({ ifname }) => ifname ?? []);
}

/** Whether an interface has the name of a Docker bridge. */
export function isDockerBridge(name: string): boolean {
  return name === "docker0" || /^br-[0-9a-f]{12}$/.test(name);
}

/** The text of the engine's network database, with the ids of its networks. */
function knownNetworks(data: string): string {
  const database = join(data, "network", "files", "local-kv.db");
  return existsSync(database) ? readFileSync(database, "latin1") : "";
}

async function removeRules(root: string, table: string, bridge: string, runChild: RunChild): Promise<void> {
  const iptables = (...args: string[]): Promise<string> =>
    runChild({ command: "chroot", args: [root, "iptables", "--wait", "-t", table, ...args] });
  const rules = (await iptables("-S")).split("\n");
  for (const rule of rules) {
    const words = rule.split(" ");
    if (words[0] === "-A" && words.includes(bridge)) await iptables("-D", ...words.slice(1));
  }
}
