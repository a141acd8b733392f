import { expect, test } from "@jest/globals";
import { mtuWarnings, roomForJobs, withMeasuredMtu } from "../../../src/gitlab/runner/fit-to-host.ts";
import type { Runner } from "../../../src/model/runner.ts";

const PLAIN: Runner = { name: "plain", tags: ["docker"] };
const BIG: Runner = { name: "big", tags: ["big"], limit: 30, mtu: 1300 };
const networks = { all: 31, free: 28 };

test("jobs that find no network are warned of with both numbers and the remedy", () => {
  expect(roomForJobs([PLAIN, BIG], { networks })).toEqual({
    fits: false,
    message: expect.stringMatching(
      /^sandboxes\/runners\.ts: up to 34 jobs at once.* room for 28 more networks of 31; lower the limits.*default-address-pools/,
    ),
  });
  expect(roomForJobs([PLAIN], { networks: { all: 31, free: 4 } })).toEqual({
    fits: true,
    message: expect.stringContaining("up to 4 jobs at once"),
  });
});

test("a runner that declares no MTU gets that of its host's way out, where Docker's own is larger", () => {
  const mtus = (uplinkMtu?: number) =>
    withMeasuredMtu([PLAIN, BIG], { networks, ...(uplinkMtu && { uplinkMtu }) }).map(({ mtu }) => mtu);
  expect(mtus(1400)).toEqual([1400, 1300]);
  expect(mtus(1500)).toEqual([undefined, 1300]);
  expect(mtus(9000)).toEqual([undefined, 1300]);
  expect(mtus()).toEqual([undefined, 1300]);
});

test("a runner with Docker daemons that declares no MTU is warned of where it matters", () => {
  const dind: Runner = { name: "dind", tags: ["dind"], privilegedServices: ["docker:dind"] };
  expect(mtuWarnings([PLAIN, BIG, dind], { networks, uplinkMtu: 1400 })).toEqual([
    expect.stringMatching(/^sandboxes\/runners\.ts: dind declares no mtu.* write mtu: 1400/),
  ]);
  expect(mtuWarnings([{ ...dind, mtu: 1400 }], { networks, uplinkMtu: 1400 })).toEqual([]);
  expect(mtuWarnings([dind], { networks, uplinkMtu: 1500 })).toEqual([]);
  expect(mtuWarnings([dind], { networks })).toEqual([]);
});
