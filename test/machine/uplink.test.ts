import { expect, test } from "@jest/globals";
import { uplinkInterface, uplinkMtu } from "../../src/machine/uplink.ts";

const HEADING = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT";
const BRIDGE = "docker0\t0000C90A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0";
const DEFAULT = "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0";

test("the uplink is the interface of the default route", () => {
  expect(uplinkInterface([HEADING, BRIDGE, DEFAULT].join("\n"))).toBe("eth0");
  expect(uplinkInterface([HEADING, BRIDGE].join("\n"))).toBeUndefined();
});

test("the MTU is the interface's; without a default route, the default", () => {
  const viaLoopback = DEFAULT.replace("eth0", "lo");
  expect(uplinkMtu(viaLoopback)).toBe(65536);
  expect(uplinkMtu(HEADING)).toBe(1500);
});
