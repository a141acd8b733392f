import { createHash } from "node:crypto";
import { ConfigurationError } from "./problem.ts";

/** A range of IPv4 addresses in CIDR notation: `"10.231.0.0/28"`. */
export type Subnet = `${number}.${number}.${number}.${number}/${number}`;

export interface SubnetRequest {
  /** The network's key, which determines its preferred subnet of the pool. */
  readonly key: string;
  /** The number of containers that the network must have room for. */
  readonly containers: number;
}

export interface TakenSubnet {
  readonly subnet: Subnet;
  readonly owner: string;
}

/** The default of `nestbox:subnetPool`: room for 4096 networks of 13 containers. */
export const DEFAULT_POOL: Subnet = "10.231.0.0/16";

/** The prefix length of the smallest subnet: room for 13 containers beside the gateway. */
const SMALLEST = 28;

/**
 * Allocates a subnet of the pool for each request, without overlaps. The preferred subnet depends on the key,
 * so that two stacks that allocate at the same moment seldom choose the same one.
 * @throws ConfigurationError when the pool is not a subnet, or has no room
 */
export function allocateSubnets(
  pool: Subnet,
  requests: readonly SubnetRequest[],
  taken: readonly TakenSubnet[],
): Readonly<Record<string, Subnet>> {
  const whole = requireRange("subnetPool", pool);
  const inPool = taken.flatMap(({ subnet, owner }) => {
    const range = parseSubnet(subnet);
    return range && overlap(range, whole) ? [{ ...range, subnet, owner }] : [];
  });
  const occupied: Range[] = [...inPool];
  return Object.fromEntries(
    requests.map((request) => {
      const free = findFree(whole, prefixFor(request.containers), request.key, occupied);
      if (!free) throw noRoom(pool, requests.length, occupied.length - inPool.length, inPool);
      occupied.push(free);
      return [request.key, formatSubnet(free)];
    }),
  );
}

/** The first host address of a subnet, which is the network's gateway. */
export function firstAddress(subnet: Subnet): string {
  return formatAddress(requireRange("subnet", subnet).first + 1);
}

/** The first and last address of a subnet, or undefined for other text. Host bits must be zero. */
export function parseSubnet(text: string): Range | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text);
  if (!match) return undefined;
  const [a = 256, b = 256, c = 256, d = 256, prefix = 33] = match.slice(1).map(Number);
  if (Math.max(a, b, c, d) > 255 || prefix > 32) return undefined;
  const first = ((a * 256 + b) * 256 + c) * 256 + d;
  const size = 2 ** (32 - prefix);
  return first % size === 0 ? { first, last: first + size - 1 } : undefined;
}

/** First and last address of a subnet, as numbers. */
export interface Range {
  readonly first: number;
  readonly last: number;
}

/** Whether two ranges share an address. */
export function overlap(one: Range, other: Range): boolean {
  return one.first <= other.last && other.first <= one.last;
}

/** Whether two subnets share an address. */
export function sharesAddresses(one: Subnet, other: Subnet): boolean {
  const [first, second] = [parseSubnet(one), parseSubnet(other)];
  return first !== undefined && second !== undefined && overlap(first, second);
}

/** Whether a network with this subnet has room for containers. */
export function hasRoom(subnet: Subnet, containers: number): boolean {
  const { first, last } = requireRange("subnet", subnet);
  // Beside them, a gateway and the network's own two addresses.
  return last - first + 1 >= containers + 3;
}

/** The smallest subnets that a subnet consists of. */
export function smallestSubnets(subnet: Subnet): readonly Subnet[] {
  const { first, last } = requireRange("subnet", subnet);
  const size = 2 ** (32 - SMALLEST);
  return Array.from({ length: Math.ceil((last - first + 1) / size) }, (_, index) =>
    formatSubnet({ first: first + index * size, last: first + (index + 1) * size - 1 }),
  );
}

function findFree(pool: Range, prefix: number, key: string, occupied: readonly Range[]): Range | undefined {
  const size = 2 ** (32 - prefix);
  const places = Math.floor((pool.last - pool.first + 1) / size);
  const start = createHash("sha256").update(key).digest().readUInt32BE() % Math.max(places, 1);
  for (let step = 0; step < places; step++) {
    const first = pool.first + ((start + step) % places) * size;
    const candidate = { first, last: first + size - 1 };
    if (!occupied.some((range) => overlap(range, candidate))) return candidate;
  }
  return undefined;
}

/** The longest prefix with room for the containers, a gateway, and the network's own two addresses. */
function prefixFor(containers: number): number {
  return Math.min(SMALLEST, 32 - Math.ceil(Math.log2(containers + 3)));
}

function requireRange(path: string, text: string): Range {
  const range = parseSubnet(text);
  if (range) return range;
  const remedy = `use its first address and prefix length, for example "${DEFAULT_POOL}"`;
  throw new ConfigurationError(`${path}: "${text}" is not a subnet; ${remedy}`);
}

function noRoom(
  pool: Subnet,
  wanted: number,
  fitting: number,
  inPool: readonly TakenSubnet[],
): ConfigurationError {
  const count = inPool.length;
  const holders = inPool.slice(0, 5).map(({ subnet, owner }) => `${owner} (${subnet})`);
  const others = count > holders.length ? ` and ${count - holders.length} more` : "";
  const ranges = `${count} range${count === 1 ? "" : "s"} in use: ${holders.join(", ")}${others}`;
  const used = count === 0 ? "" : `, since it overlaps ${ranges}`;
  const some = fitting === 0 ? "" : ` (${fitting} would fit)`;
  return new ConfigurationError(
    `subnetPool: ${pool} has no room for ${wanted} more network${wanted === 1 ? "" : "s"}${some}${used}; ` +
      "set nestbox:subnetPool to a larger unused range, or remove sandboxes",
  );
}

function formatSubnet({ first, last }: Range): Subnet {
  return `${formatAddress(first)}/${32 - Math.log2(last - first + 1)}`;
}

function formatAddress(address: number): `${number}.${number}.${number}.${number}` {
  const byte = (shift: number) => Math.floor(address / 2 ** shift) % 256;
  return `${byte(24)}.${byte(16)}.${byte(8)}.${byte(0)}`;
}
