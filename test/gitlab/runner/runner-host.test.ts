import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "@jest/globals";
import { inspectRunnerHost, type RunnerHost } from "../../../src/gitlab/runner/runner-host.ts";
import { uplinkMtu } from "../../../src/machine/uplink.ts";

/**
 * Inspects a double of an engine: a real one also has networks of other tests. Its default address is that of
 * an engine on another machine.
 */
async function inspectDouble(
  info: object,
  networks: readonly object[],
  address = "0.0.0.0",
): Promise<RunnerHost> {
  const server = createServer((request, response) =>
    response.end(JSON.stringify(request.url === "/info" ? info : networks)),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  try {
    return await inspectRunnerHost({ host: `tcp://${address}:${port}`, isChosen: true, origin: "double" });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const network = (Subnet: string, Labels: object | null = null) => ({
  Labels,
  Options: null,
  IPAM: { Config: [{ Subnet }] },
});

test("networks of running jobs count as free; an engine on another machine has no MTU", async () => {
  const pools = [{ Base: "10.9.0.0/16", Size: 24 }];
  const job = network("10.9.2.0/24", { "com.gitlab.gitlab-runner.managed": "true" });
  const seen = await inspectDouble({ DefaultAddressPools: pools }, [network("10.9.1.0/24"), job]);
  expect(seen).toEqual({ networks: { all: 256, free: 255 } });
  expect((await inspectDouble({}, [], "127.0.0.1")).uplinkMtu).toBe(uplinkMtu());
});

test("an engine without configured pools has Docker's", async () => {
  expect((await inspectDouble({}, [network("172.17.0.0/16")])).networks).toEqual({ all: 31, free: 30 });
  expect((await inspectDouble({ DefaultAddressPools: null }, [])).networks).toEqual({ all: 31, free: 31 });
});
