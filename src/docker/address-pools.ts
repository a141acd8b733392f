import { overlap, parseSubnet } from "../model/subnets.ts";

/** A range that an engine divides into subnets. */
export interface AddressPool {
  /** In CIDR notation. */
  readonly base: string;
  /** The prefix length of each subnet. */
  readonly size: number;
}

/**
 * Docker's default pools, with room for 31 networks.
 * Source: https://github.com/moby/moby/blob/master/daemon/libnetwork/ipamutils/utils.go
 */
export const DEFAULT_POOLS: readonly AddressPool[] = [
  { base: "172.17.0.0/16", size: 16 },
  { base: "172.18.0.0/16", size: 16 },
  { base: "172.19.0.0/16", size: 16 },
  { base: "172.20.0.0/14", size: 16 },
  { base: "172.24.0.0/14", size: 16 },
  { base: "172.28.0.0/14", size: 16 },
  { base: "192.168.0.0/16", size: 20 },
];

/** The number of subnets in the pools, and how many of them are free. Only IPv4 pools count. */
export function countSubnets(
  pools: readonly AddressPool[],
  taken: readonly string[],
): { readonly all: number; readonly free: number } {
  const occupied = taken.flatMap((subnet) => parseSubnet(subnet) ?? []);
  const count = { all: 0, free: 0 };
  for (const { base, size: prefix } of pools) {
    const pool = parseSubnet(base);
    if (pool === undefined) continue;
    const size = 2 ** (32 - prefix);
    const all = Math.floor((pool.last - pool.first + 1) / size);
    const used = new Set<number>();
    for (const range of occupied.filter((one) => overlap(one, pool))) {
      const first = Math.max(0, Math.floor((range.first - pool.first) / size));
      const last = Math.min(all - 1, Math.floor((range.last - pool.first) / size));
      for (let index = first; index <= last; index++) used.add(index);
    }
    count.all += all;
    count.free += all - used.size;
  }
  return count;
}
