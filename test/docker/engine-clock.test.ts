import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "@jest/globals";
import { engineVersion } from "../../src/docker/api.ts";
import { engineTime } from "../../src/docker/engine-clock.ts";

let server: Server;

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/**
 * A double of an engine whose clock differs from this machine's.
 * @param ahead in milliseconds
 * @param name in the Server header
 */
async function engineDouble(ahead: number, name = "Docker/26.1.5+dfsg1 (linux)") {
  const asked: string[] = [];
  server = createServer((request, answer) => {
    asked.push(request.url ?? "");
    const time = new Date(Date.now() + ahead);
    answer.setHeader("Server", name);
    if (request.url === "/_ping") answer.setHeader("Date", time.toUTCString()).end("OK");
    else answer.end(JSON.stringify({ SystemTime: time.toISOString(), Version: "5.4.0" }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { asked, host: { host: `tcp://127.0.0.1:${port}`, origin: "a test", isChosen: true } };
}

test("an engine with this machine's clock is asked for its second alone", async () => {
  const { asked, host } = await engineDouble(0);
  const before = Date.now();
  const time = await engineTime(host);
  expect(time).toBeGreaterThanOrEqual(before);
  expect(time).toBeLessThanOrEqual(Date.now());
  expect(asked).toEqual(["/_ping"]);
});

test.each([-300_000, -2000, 2000, 300_000])("a clock that is %d ms ahead counts", async (ahead) => {
  const { asked, host } = await engineDouble(ahead);
  const before = Date.now();
  const time = await engineTime(host);
  expect(time).toBeGreaterThanOrEqual(before + ahead);
  expect(time).toBeLessThanOrEqual(Date.now() + ahead);
  expect(asked).toEqual(["/_ping", "/info"]);
});

test("an engine on another machine reports its time", async () => {
  const { asked, host } = await engineDouble(0);
  // A name that is this machine's, and that Nestbox does not know as such.
  await engineTime({ ...host, host: host.host.replace("127.0.0.1", "0.0.0.0") });
  expect(asked).toEqual(["/info"]);
});

test("name and version are in the Server header of an engine, and in the answer of others", async () => {
  const docker = await engineDouble(0);
  expect(await engineVersion(docker.host, 60_000)).toBe("Docker 26.1.5+dfsg1");
  expect(docker.asked).toEqual(["/_ping"]);
  server.close();
  const podman = await engineDouble(0, "Libpod/5.4.0 (linux)");
  expect(await engineVersion(podman.host, 60_000)).toBe("Podman 5.4.0");
  expect(podman.asked).toEqual(["/_ping"]);
});
