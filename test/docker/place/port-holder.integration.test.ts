import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, test } from "@jest/globals";
import { redis } from "../../../src/catalog/redis.ts";
import { engineHost } from "../../../src/docker/engine-host.ts";
import { startWithLease } from "../../../src/docker/place/start-with-lease.ts";
import { sandbox } from "../../../src/model/declaration/sandbox.ts";
import { plan } from "../../../src/model/plan/plan-sandbox.ts";
import { DEFAULT_POOL } from "../../../src/model/subnets.ts";

/** Starts a sandbox that publishes its Redis on a port. */
function start(name: string, port: number) {
  const declared = sandbox(name, { services: { cache: redis({ publish: { 6379: port } }) } });
  return startWithLease({
    ...{ engine: engineHost(process.env), project: "port-holder-test", projectFolder: "." },
    ...{ subnetPool: DEFAULT_POOL, privilegedImages: [], network: {}, environment: {} },
    ...{ plan: plan(declared), secrets: {}, signal: new AbortController().signal },
  });
}

test("a taken fixed port is named with its process, or with its container and sandbox", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await expect(start("second", port)).rejects.toThrow(`port ${port} is taken by process ${process.pid} (`);
  await new Promise((resolve) => server.close(resolve));
  const first = await start("first", port);
  try {
    await expect(start("second", port)).rejects.toThrow(
      new RegExp(
        `port ${port} is taken by container \\S+ of the sandbox "first" \\(project port-holder-test, `,
      ),
    );
  } finally {
    await first.remove();
  }
});
