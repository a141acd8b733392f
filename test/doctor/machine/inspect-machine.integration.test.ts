import { expect, test } from "@jest/globals";
import { connect } from "../../../bench/connect.ts";
import { findEngine } from "../../../src/docker/find-engine.ts";
import { inspectMachine } from "../../../src/doctor/machine/inspect-machine.ts";
import { uplinkMtu } from "../../../src/machine/uplink.ts";

const label = `doctor-${process.pid}`;

test("a real engine is looked at: a network with packets too large for the way out is found", async () => {
  const docker = await connect();
  const network = await docker.createNetwork({
    Name: label,
    Labels: { "nestbox.test": label },
    Options: { "com.docker.network.driver.mtu": String(uplinkMtu() + 1) },
    IPAM: { Driver: "default", Config: [{ Subnet: "10.230.250.0/28" }] },
  });
  try {
    const checks = await inspectMachine(() => findEngine(process.env), process.env);
    expect(checks.find(({ id }) => id === "engine")).toMatchObject({ state: "good" });
    const mtu = checks.find(({ id }) => id === "mtu");
    expect(mtu).toMatchObject({ state: "problem" });
    expect(mtu?.finding).toContain(`${uplinkMtu() + 1} in ${label}`);
  } finally {
    await network.remove();
  }
});

test("the machine's own kernel is looked at where its engine is", async () => {
  const checks = await inspectMachine(() => findEngine(process.env), process.env);
  expect(checks.find(({ id }) => id === "user-namespaces")?.state).toMatch(/^(good|warning)$/);
});
