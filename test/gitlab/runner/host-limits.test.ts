import { expect, test } from "@jest/globals";
import { mtuWarnings, networkCapacity, withMeasuredMtu } from "../../../src/gitlab/runner/host-limits.ts";
import type { Runner } from "../../../src/model/runner/runner.ts";

const PLAIN: Runner = { name: "plain", tags: ["docker"] };
const BIG: Runner = { name: "big", tags: ["big"], limit: 30, mtu: 1300 };
const networks = { all: 31, free: 28 };

test("more jobs than free subnets: a message with both numbers and the remedy", () => {
  expect(networkCapacity([PLAIN, BIG], { networks })).toEqual({
    fits: false,
    message: expect.stringMatching(
      /^runners: up to 34 concurrent jobs.* and 28 of 31 subnets free .*; lower .*default-add/,
    ),
  });
  expect(networkCapacity([PLAIN], { networks: { all: 31, free: 4 } })).toEqual({
    fits: true,
    message: expect.stringContaining("up to 4 concurrent jobs"),
  });
});

test("a runner without an MTU gets that of its host's uplink, if below Docker's", () => {
  const mtus = (uplinkMtu?: number) =>
    withMeasuredMtu([PLAIN, BIG], { networks, ...(uplinkMtu && { uplinkMtu }) }).map(({ mtu }) => mtu);
  expect(mtus(1400)).toEqual([1400, 1300]);
  expect(mtus(1500)).toEqual([undefined, 1300]);
  expect(mtus(9000)).toEqual([undefined, 1300]);
  expect(mtus()).toEqual([undefined, 1300]);
});

test("a runner with Docker daemons and without an MTU is a warning, if the uplink is below Docker's", () => {
  const dind: Runner = { name: "dind", tags: ["dind"], privilegedServices: ["docker:dind"] };
  expect(mtuWarnings([PLAIN, BIG, dind], { networks, uplinkMtu: 1400 })).toEqual([
    expect.stringMatching(/^runners: dind declares no mtu.* write mtu: 1400/),
  ]);
  expect(mtuWarnings([{ ...dind, mtu: 1400 }], { networks, uplinkMtu: 1400 })).toEqual([]);
  expect(mtuWarnings([dind], { networks, uplinkMtu: 1500 })).toEqual([]);
  expect(mtuWarnings([dind], { networks })).toEqual([]);
});
