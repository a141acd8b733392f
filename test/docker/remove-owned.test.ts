import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "@jest/globals";
import { removeResources } from "../../src/docker/remove-owned.ts";
import { eventually } from "../eventually.ts";

test("a network is removed once another process has removed its container", async () => {
  const asked: string[] = [];
  const removed = Promise.withResolvers<void>();
  const server = createServer(async ({ method, url }, answer) => {
    asked.push(`${method} ${url}`);
    if (url?.includes("/wait?")) await removed.promise;
    const isGoing = method === "DELETE" && url?.startsWith("/containers/");
    // One that is being removed no longer runs.
    const isRefused = isGoing || url?.endsWith("/kill");
    answer.writeHead(isRefused ? 409 : 200);
    answer.end(JSON.stringify({ message: "removal of container cache is already in progress" }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const engine = { host: `tcp://127.0.0.1:${port}`, origin: "a test", isChosen: true };
  const removal = removeResources(engine, [
    { kind: "container", id: "c1", name: "cache", labels: {} },
    { kind: "network", id: "n1", name: "default", labels: {} },
  ]);
  await eventually(() => expect(asked).toHaveLength(3), { within: "10s" });
  removed.resolve();
  expect(await removal).toEqual(["container cache", "network default"]);
  expect(asked).toEqual([
    "POST /containers/c1/kill",
    "DELETE /containers/c1?force=1&v=1",
    "POST /containers/c1/wait?condition=removed",
    "DELETE /networks/n1",
  ]);
  server.closeAllConnections();
  server.close();
});
