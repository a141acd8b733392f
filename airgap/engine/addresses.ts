import { isDockerBridge } from "./stale-bridges.ts";

/**
 * Where the engine's own networks may lie. Not where Docker puts them by default: a nested engine does that.
 */
const CANDIDATES = [201, 202, 203, 204, 205, 206, 207, 208].map((second) => `10.${second}.0.0/16`);

/**
 * The addresses of the engine's networks: a /16 for /24 networks, the first of which is the default bridge's.
 */
export interface EngineAddresses {
  readonly pool: string;
  /** The address of this machine in the default bridge's network; containers reach the mirror there. */
  readonly gateway: string;
}

/**
 * The first candidate that no route of this machine touches but the engine's own; `routes` is the text of
 * /proc/net/route.
 */
export function engineAddresses(routes: string): EngineAddresses {
  const taken = routes.split("\n").slice(1).map(parseRoute);
  const isFree = (pool: string): boolean => {
    const start = addressNumber(pool.split("/")[0] ?? "");
    return !taken.some(
      (route) => route !== undefined && start <= route.last && route.first <= start + 0xffff,
    );
  };
  const pool = CANDIDATES.find(isFree) ?? CANDIDATES[0] ?? "";
  return { pool, gateway: pool.replace(".0.0/16", ".0.1") };
}

interface Range {
  readonly first: number;
  readonly last: number;
}

/**
 * A line of /proc/net/route has its addresses as hexadecimal numbers of the machine's byte order. The default
 * is no range here.
 */
function parseRoute(line: string): Range | undefined {
  const [device = "", destination, , , , , , mask] = line.split("\t");
  if (destination === undefined || mask === undefined || mask === "00000000" || isDockerBridge(device))
    return undefined;
  const first = fromLittleEndian(destination);
  return { first, last: first + (0xffffffff - fromLittleEndian(mask)) };
}

function fromLittleEndian(hex: string): number {
  return Buffer.from(hex, "hex").readUInt32LE();
}

function addressNumber(dotted: string): number {
  return dotted.split(".").reduce((number, part) => number * 256 + Number(part), 0);
}
