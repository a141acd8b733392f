import { textOf } from "./proc.ts";

/** The gateway of this machine's default route; undefined without one, or if the system does not show it. */
export function defaultGateway(routes = textOf("/proc/net/route") ?? ""): string | undefined {
  const rows = routes.split("\n").map((line) => line.split("\t"));
  const gateway = rows.find((fields) => fields[1] === "00000000" && fields[7] === "00000000")?.[2];
  // The bytes of an address are in the order of this processor, which is little-endian for all of Node's.
  return gateway && Buffer.from(gateway, "hex").reverse().join(".");
}
