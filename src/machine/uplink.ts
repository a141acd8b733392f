import { readFileSync } from "node:fs";

/** The MTU of Ethernet, and Docker's default for networks, in bytes. */
export const DEFAULT_MTU = 1500;

/**
 * The MTU of this machine's default route, in bytes. Container networks with a larger one lose large packets
 * where the path drops the ICMP notice.
 */
export function uplinkMtu(routes = readRoutes()): number {
  const uplink = uplinkInterface(routes);
  if (uplink === undefined) return DEFAULT_MTU;
  try {
    return Number.parseInt(readFileSync(`/sys/class/net/${uplink}/mtu`, "utf8"), 10);
  } catch {
    return DEFAULT_MTU;
  }
}

/** The interface of the default route in the text of /proc/net/route. */
export function uplinkInterface(routes: string): string | undefined {
  const isDefault = (fields: readonly string[]): boolean =>
    fields[1] === "00000000" && fields[7] === "00000000";
  return routes
    .split("\n")
    .map((line) => line.split("\t"))
    .find(isDefault)?.[0];
}

function readRoutes(): string {
  try {
    return readFileSync("/proc/net/route", "utf8");
  } catch {
    return "";
  }
}
