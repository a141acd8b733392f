import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "@jest/globals";
import { lookAtRunnerHost, type RunnerHost } from "../../../src/gitlab/runner/runner-host.ts";
import { uplinkMtu } from "../../../src/machine/uplink.ts";

/**
 * A double of an engine that answers two questions: a real one has networks of other tests that come and go.
 * By its address it passes for one elsewhere, unless it is given another.
 */
async function askDouble(
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
    return await lookAtRunnerHost({ host: `tcp://${address}:${port}`, isChosen: true, origin: "double" });
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

test("networks of jobs that run now count as free, others do not; an engine elsewhere has an MTU that nobody here knows", async () => {
  const pools = [{ Base: "10.9.0.0/16", Size: 24 }];
  const job = network("10.9.2.0/24", { "com.gitlab.gitlab-runner.managed": "true" });
  const seen = await askDouble({ DefaultAddressPools: pools }, [network("10.9.1.0/24"), job]);
  expect(seen).toEqual({ networks: { all: 256, free: 255 } });
  expect((await askDouble({}, [], "127.0.0.1")).uplinkMtu).toBe(uplinkMtu());
});

test("without pools of its own an engine has Docker's", async () => {
  expect((await askDouble({}, [network("172.17.0.0/16")])).networks).toEqual({ all: 31, free: 30 });
  expect((await askDouble({ DefaultAddressPools: null }, [])).networks).toEqual({ all: 31, free: 31 });
});
