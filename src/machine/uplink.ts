import { readFileSync } from "node:fs";

/** What Ethernet has, and what Docker assumes everywhere. */
const USUAL_MTU = 1500;

/**
 * The largest packet, in bytes, that leaves this machine whole: the MTU of the interface of the default
 * route. Networks of containers must not exceed it, or large packets vanish where the path drops the notice
 * about that.
 */
export function uplinkMtu(routes = readRoutes()): number {
  const uplink = uplinkInterface(routes);
  if (uplink === undefined) return USUAL_MTU;
  try {
    return Number.parseInt(readFileSync(`/sys/class/net/${uplink}/mtu`, "utf8"), 10);
  } catch {
    return USUAL_MTU;
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
