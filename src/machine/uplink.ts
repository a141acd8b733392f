import { textOf } from "./proc.ts";

/** The MTU of Ethernet, and Docker's default for networks, in bytes. */
export const DEFAULT_MTU = 1500;

/**
 * The MTU of this machine's default route, in bytes. Container networks with a larger one lose large packets
 * where the path drops the ICMP notice.
 */
export function uplinkMtu(routes = textOf("/proc/net/route") ?? ""): number {
  const uplink = uplinkInterface(routes);
  const mtu = uplink && textOf(`/sys/class/net/${uplink}/mtu`);
  return mtu ? Number.parseInt(mtu, 10) : DEFAULT_MTU;
}

/** The interface of the default route in the text of /proc/net/route. */
export function uplinkInterface(routes: string): string | undefined {
  const rows = routes.split("\n").map((line) => line.split("\t"));
  return rows.find((fields) => fields[1] === "00000000" && fields[7] === "00000000")?.[0];
}
