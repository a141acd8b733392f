import { isDockerBridge } from "./stale-bridges.ts";

/** The candidates for the pool of the engine's networks. Nested engines use Docker's default pools. */
const CANDIDATES = [201, 202, 203, 204, 205, 206, 207, 208].map((second) => `10.${second}.0.0/16`);

/** The addresses of the engine's networks: a /16 for /24 networks, the first one for the default bridge. */
export interface EngineAddresses {
  readonly pool: string;
  /** The address of this machine in the default bridge's network; containers reach the mirror there. */
  readonly gateway: string;
}

/**
 * The addresses in the first candidate that overlaps no foreign route of this machine.
 * @param routes the text of /proc/net/route
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
 * The range of a line of /proc/net/route, which has hexadecimal addresses in the machine's byte order.
 * Undefined for the default route and Docker's bridges.
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
