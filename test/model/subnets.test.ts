import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { ConfigurationError } from "../../src/model/problem.ts";
import {
  allocateSubnets,
  DEFAULT_POOL,
  overlap,
  parseSubnet,
  type Range,
  type Subnet,
  smallestSubnets,
} from "../../src/model/subnets.ts";

function rangeOf(subnet: string): Range {
  const range = parseSubnet(subnet);
  if (!range) throw new Error(`not a subnet: ${subnet}`);
  return range;
}

const request = fc.record({ key: fc.string(), containers: fc.integer({ min: 0, max: 60 }) });
const requests = fc.uniqueArray(request, { selector: ({ key }) => key, maxLength: 30 });

/** Subnets of many sizes, inside and outside the default pool. */
const takenSubnets = fc.array(
  fc
    .record({
      second: fc.constantFrom(230, 231, 232),
      offset: fc.integer({ min: 0, max: 65535 }),
      prefix: fc.integer({ min: 20, max: 32 }),
    })
    .map(({ second, offset, prefix }) => {
      const first = Math.floor(offset / 2 ** (32 - prefix)) * 2 ** (32 - prefix);
      const subnet: Subnet = `10.${second}.${Math.floor(first / 256)}.${first % 256}/${prefix}`;
      return { subnet, owner: "somebody" };
    }),
  { maxLength: 10 },
);

test("subnets are in the pool, large enough, and without overlaps", () => {
  fc.assert(
    fc.property(requests, takenSubnets, (wanted, taken) => {
      const allocated = allocateSubnets(DEFAULT_POOL, wanted, taken);
      const ranges = wanted.map(({ key }) => rangeOf(allocated[key] ?? ""));
      const pool = rangeOf(DEFAULT_POOL);
      for (const [index, range] of ranges.entries()) {
        expect(range.first).toBeGreaterThanOrEqual(pool.first);
        expect(range.last).toBeLessThanOrEqual(pool.last);
        // A network needs a gateway and its own two addresses besides its containers.
        expect(range.last - range.first + 1).toBeGreaterThanOrEqual((wanted[index]?.containers ?? 0) + 3);
        const others = [...ranges.slice(0, index), ...taken.map(({ subnet }) => rangeOf(subnet))];
        expect(others.filter((other) => overlap(range, other))).toEqual([]);
      }
    }),
  );
});

test("a network gets the same subnet in every run while it is free", () => {
  fc.assert(
    fc.property(request, takenSubnets, (one, taken) => {
      const place = allocateSubnets(DEFAULT_POOL, [one], [])[one.key] ?? "";
      const free = !taken.some(({ subnet }) => overlap(rangeOf(subnet), rangeOf(place)));
      expect(allocateSubnets(DEFAULT_POOL, [one], taken)[one.key] === place).toBe(free);
    }),
  );
});

test("a full pool is refused with the owners of its subnets", () => {
  const pool: Subnet = "10.9.0.0/24";
  const keys = Array.from({ length: 16 }, (_, index) => ({ key: `network-${index}`, containers: 13 }));
  const allocated = Object.values(allocateSubnets(pool, keys, []));
  expect(new Set(allocated).size).toBe(16);
  const taken = allocated.map((subnet, index) => ({ subnet, owner: `network n${index}` }));
  const full = () => allocateSubnets(pool, [{ key: "another", containers: 1 }], taken);
  const nearlyFull = () => allocateSubnets(pool, keys, taken.slice(0, 3));
  expect(nearlyFull).toThrow(
    /no room for 16 more networks \(13 would fit\), since it overlaps 3 ranges in use: network n0/,
  );
  expect(full).toThrow(ConfigurationError);
  expect(full).toThrow(
    new RegExp(
      "^subnetPool: 10\\.9\\.0\\.0/24 has no room for 1 more network, " +
        "since it overlaps 16 ranges in use: network n0 .* and 11 more; set nestbox:subnetPool",
    ),
  );
});

test("a subnet consists of adjacent smallest subnets", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 125 }), (containers) => {
      const [subnet = DEFAULT_POOL] = Object.values(
        allocateSubnets(DEFAULT_POOL, [{ key: "a", containers }], []),
      );
      const whole = rangeOf(subnet);
      const parts = smallestSubnets(subnet).map(rangeOf);
      expect(parts[0]?.first).toBe(whole.first);
      expect(parts.at(-1)?.last).toBe(whole.last);
      for (const [index, part] of parts.slice(1).entries())
        expect(part.first).toBe((parts[index]?.last ?? 0) + 1);
      expect(Object.values(allocateSubnets(subnet, [{ key: "b", containers: 13 }], []))).toHaveLength(1);
    }),
  );
});

test("two hundred sandboxes fit into the default pool", () => {
  const wanted = Array.from({ length: 200 }, (_, index) => ({
    key: `dev/sandbox-${index}/default`,
    containers: 5,
  }));
  expect(new Set(Object.values(allocateSubnets(DEFAULT_POOL, wanted, []))).size).toBe(200);
});

test("a pool smaller than a network is refused", () => {
  expect(() => allocateSubnets("10.9.0.0/29", [{ key: "a", containers: 2 }], [])).toThrow(
    /^subnetPool: 10\.9\.0\.0\/29 has no room for 1 more network; set nestbox:subnetPool/,
  );
});

test.each([
  "10.231.0.0",
  "10.231.0.1/16",
  "10.256.0.0/16",
  "10.0.0.0/33",
  "fd00::/64",
  "",
  "10.231.0.0/16\n",
])("%j is not a subnet", (text) => {
  expect(parseSubnet(text)).toBeUndefined();
  expect(() => allocateSubnets(text as Subnet, [{ key: "a", containers: 1 }], [])).toThrow(
    `subnetPool: "${text}" is not a subnet; use its first address and prefix length, for example ` +
      '"10.231.0.0/16"',
  );
});

test.each([
  ["0.0.0.0/0", 0, 2 ** 32 - 1],
  ["10.231.0.16/28", 182_910_992, 182_911_007],
  ["255.255.255.255/32", 2 ** 32 - 1, 2 ** 32 - 1],
])("%s ranges from %d to %d", (subnet, first, last) => {
  expect(parseSubnet(subnet)).toEqual({ first, last });
});
