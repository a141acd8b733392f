import { createServer, type Server } from "node:net";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { redis } from "../../../src/catalog/index.ts";
import { checkPorts } from "../../../src/cli/stack/published-ports.ts";
import { sandbox } from "../../../src/model/declaration/sandbox.ts";
import { plan as planOf } from "../../../src/model/plan/plan-sandbox.ts";
import { existingContainer, factsOf, labelsOf } from "../../docker/facts-of.ts";

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
  return checkPorts([planOf(shop)], factsOf({ containers }), US, isHere);
}

test("a port with a listener on this machine is taken", async () => {
  await expect(check(true)).rejects.toThrow(`port ${port} is taken; choose another port`);
});

test("listeners on this machine do not matter for an engine on another one", async () => {
  await check(false);
});

test("a port that a container publishes is taken on any engine", async () => {
  const labels = labelsOf("somebody/else", "service", "cache");
  const holder = existingContainer("theirs", labels, { publishedPorts: [{ container: 1, host: port }] });
  await expect(check(false, [holder])).rejects.toThrow(`port ${port} is taken by container theirs`);
});
