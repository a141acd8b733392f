import { expect, test } from "@jest/globals";
import { accessFromContainer, portAccess } from "../../src/docker/port-access.ts";
import { ConfigurationError } from "../../src/model/problem.ts";

const engine = (host: string) => ({ host, origin: "test", isChosen: true });
const NOWHERE = engine("unix:///nowhere/docker.sock");

test("a named address is what ports are bound to, and a named host leads to the loopback", async () => {
  const access = (host: string) => portAccess(NOWHERE, { NESTBOX_PUBLISHED_HOST: host });
  expect(await access("10.0.0.7")).toMatchObject({ address: "10.0.0.7", host: "10.0.0.7" });
  expect(await access("host.docker.internal")).toMatchObject({
    address: "127.0.0.1",
    host: "host.docker.internal",
  });
});

test.each(["0.0.0.0", "::", "tcp://docker:2375", "a b"])(
  "NESTBOX_PUBLISHED_HOST=%s is refused",
  async (host) => {
    const access = portAccess(NOWHERE, { NESTBOX_PUBLISHED_HOST: host });
    await expect(access).rejects.toThrow(ConfigurationError);
    await expect(access).rejects.toThrow(/^NESTBOX_PUBLISHED_HOST: .*; name /);
  },
);

test("an engine that is reached by ssh is asked nothing", async () => {
  const access = await portAccess(engine("ssh://me@engine.example.com"), {});
  expect(access).toEqual({ address: "127.0.0.1", because: "the engine is reached by ssh" });
});

const ON_BRIDGE = { onHostNetwork: false, gateways: ["10.9.0.1", "172.17.0.1"] };

test.each([
  ["its default gateway", ON_BRIDGE, {}, "172.17.0.1", "172.17.0.1"],
  ["the only gateway", { onHostNetwork: false, gateways: ["10.9.0.1"] }, {}, "10.9.0.1", "10.9.0.1"],
  ["the host's network", { onHostNetwork: true, gateways: [] }, {}, "127.0.0.1", "127.0.0.1"],
  ["no network", { onHostNetwork: false, gateways: [] }, {}, "127.0.0.1", undefined],
  ["Docker Desktop", ON_BRIDGE, { OperatingSystem: "Docker Desktop" }, "127.0.0.1", "host.docker.internal"],
  [
    "a rootless engine",
    ON_BRIDGE,
    { SecurityOptions: ["name=seccomp,profile=builtin", "name=rootless"] },
    "127.0.0.1",
    undefined,
  ],
] as const)("from a container with %s", (_, own, info, address, host) => {
  const access = accessFromContainer(own, info, "172.17.0.1");
  expect([access.address, access.host]).toEqual([address, host]);
});
