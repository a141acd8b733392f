import { expect, test } from "@jest/globals";
import { connect } from "../../../bench/connect.ts";
import { engineHost } from "../../../src/docker/engine-host.ts";
import { inspectRunnerHost } from "../../../src/gitlab/runner/runner-host.ts";
import { uplinkMtu } from "../../../src/machine/uplink.ts";

test("what a real engine says: its bridge's own address, its room, this machine's MTU", async () => {
  const docker = await connect();
  const bridge = await docker.getNetwork("bridge").inspect();
  const { bridgeAddress, networks, uplinkMtu: mtu } = await inspectRunnerHost(engineHost(process.env));
  expect(bridgeAddress).toBe(bridge.IPAM?.Config?.[0]?.Gateway);
  expect(bridgeAddress).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
  expect(networks.free).toBeLessThan(networks.all);
  expect(mtu).toBe(uplinkMtu());
});
