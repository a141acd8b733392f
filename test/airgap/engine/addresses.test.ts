import { expect, test } from "@jest/globals";
import { engineAddresses } from "../../../airgap/engine/addresses.ts";

const HEADING = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT";

/** A line of /proc/net/route, with hexadecimal addresses in reverse. */
function route(device: string, address: string, mask: string): string {
  const hex = (dotted: string): string =>
    Buffer.from(dotted.split(".").map(Number)).reverse().toString("hex");
  return `${device}\t${hex(address)}\t00000000\t0001\t0\t0\t0\t${hex(mask)}\t0\t0\t0`;
}

function poolFor(...routes: readonly string[]): string {
  return engineAddresses([HEADING, ...routes, ""].join("\n")).pool;
}

test("the pool overlaps no route", () => {
  expect(poolFor(route("eth0", "0.0.0.0", "0.0.0.0"))).toBe("10.201.0.0/16");
  expect(poolFor(route("eth0", "10.201.7.0", "255.255.255.0"))).toBe("10.202.0.0/16");
  expect(poolFor(route("tun0", "10.200.0.0", "255.252.0.0"))).toBe("10.204.0.0/16");
  expect(poolFor(route("eth0", "10.200.255.0", "255.255.255.0"))).toBe("10.201.0.0/16");
});

test("routes of the engine's own bridges do not move the pool", () => {
  const own = [
    route("docker0", "10.201.0.0", "255.255.255.0"),
    route("br-0123456789ab", "10.201.1.0", "255.255.255.0"),
  ];
  expect(poolFor(...own)).toBe("10.201.0.0/16");
});

test("the gateway is the first address of the pool", () => {
  expect(engineAddresses(HEADING).gateway).toBe("10.201.0.1");
});
