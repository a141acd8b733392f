import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "@jest/globals";
import { removeContainer } from "../../src/docker/remove-container.ts";

// A double of Podman, whose own removal stops a container, and waits for its grace period.
test.each([
  ["a container that runs", 204, 204, true],
  ["one that has ended", 409, 204, true],
  ["one that does not exist", 404, 404, false],
])("%s is killed, then removed", async (_, kill, removal, existed) => {
  const asked: string[] = [];
  const server = createServer(({ method, url }, answer) => {
    asked.push(`${method} ${url}`);
    answer.writeHead(method === "POST" ? kill : removal).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const engine = { host: `tcp://127.0.0.1:${port}`, origin: "a test", isChosen: true };
  expect(await removeContainer(engine, "c1")).toBe(existed);
  expect(asked).toEqual(["POST /containers/c1/kill", "DELETE /containers/c1?force=1&v=1"]);
  server.closeAllConnections();
  server.close();
});
