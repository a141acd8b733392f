import { createServer, type Server } from "node:net";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { redis } from "../../../src/catalog/index.ts";
import { checkPorts } from "../../../src/docker/place/published-ports.ts";
import { sandbox } from "../../../src/model/declaration/sandbox.ts";
import { LABEL } from "../../../src/model/labels.ts";
import { plan as planOf } from "../../../src/model/plan/plan-sandbox.ts";
import { existingContainer, factsOf, labelsOf, publishedPort } from "../facts-of.ts";

const US = "example/dev/abc123";

let server: Server;
let port: number;

beforeAll(async () => {
  server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  port = typeof address === "object" && address !== null ? address.port : 0;
});

afterAll(() => {
  server.close();
});

function check(isHere: boolean, containers: readonly ReturnType<typeof existingContainer>[] = []) {
  const shop = sandbox("shop", { services: { cache: redis({ publish: { 6379: port } }) } });
  return checkPorts([planOf(shop)], factsOf({ containers }), US, async () => isHere);
}

test("a port with a listener on this machine is taken by its process", async () => {
  const [program = ""] = process.argv;
  await expect(check(true)).rejects.toThrow(
    `shop.services.cache.publish[6379]: port ${port} is taken by process ${process.pid} (${program}`,
  );
});

test("listeners on this machine do not matter for an engine on another one", async () => {
  await check(false);
});

test("a port that a container publishes is taken on any engine", async () => {
  const labels = labelsOf("somebody/else", "service", "cache");
  const holder = existingContainer("theirs", labels, { publishedPorts: [publishedPort(1, port)] });
  await expect(check(false, [holder])).rejects.toThrow(
    `port ${port} is taken by container theirs of the sandbox "snake" (project example, stack dev); choose`,
  );
});

test.each([
  [{}, "container theirs; choose"],
  [{ "com.docker.compose.project": "web" }, "container theirs of the compose project web; choose"],
])("a container with the labels %j is named", async (labels, who) => {
  const holder = existingContainer("theirs", labels, { publishedPorts: [publishedPort(1, port)] });
  await expect(check(false, [holder])).rejects.toThrow(`port ${port} is taken by ${who}`);
});

test("a container's own port is not taken", async () => {
  const labels = labelsOf(US, "service", "cache", { [LABEL.sandbox]: "shop", [LABEL.component]: "shop" });
  const own = existingContainer("ours", labels, { publishedPorts: [publishedPort(6379, port)] });
  await check(true, [own]);
});
