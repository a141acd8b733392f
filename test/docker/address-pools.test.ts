import { expect, test } from "@jest/globals";
import { countSubnets, DEFAULT_POOLS } from "../../src/docker/address-pools.ts";

test("Docker's default pools hold 31 networks", () => {
  expect(countSubnets(DEFAULT_POOLS, [])).toEqual({ all: 31, free: 31 });
});

test("a taken subnet occupies all subnets that it overlaps, in every pool", () => {
  expect(countSubnets(DEFAULT_POOLS, ["172.17.0.0/16", "192.168.0.0/20"]).free).toBe(29);
  expect(countSubnets(DEFAULT_POOLS, ["172.20.5.0/24"]).free).toBe(30);
  expect(countSubnets(DEFAULT_POOLS, ["172.20.0.0/15"]).free).toBe(29);
  expect(countSubnets(DEFAULT_POOLS, ["172.16.0.0/12"]).free).toBe(16);
});

test("two taken subnets in one occupy it once, foreign ones occupy none", () => {
  expect(
    countSubnets(DEFAULT_POOLS, ["172.18.0.0/24", "172.18.1.0/24", "10.0.0.0/8", "fd00::/64"]).free,
  ).toBe(30);
});

test("configured pools count with their own size", () => {
  expect(countSubnets([{ base: "10.201.0.0/16", size: 24 }], ["10.201.0.0/24"])).toEqual({
    all: 256,
    free: 255,
  });
});
