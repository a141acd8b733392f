import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "@jest/globals";
import { pullImage } from "../../src/docker/engine-images.ts";
import type { RegistryCredentials } from "../../src/registry/login.ts";

/** The request for a pull, as a double of an engine receives it. */
async function askedFor(image: string, credentials?: RegistryCredentials) {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    response.end('{"status":"Pull complete"}\n');
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const engine = { host: `tcp://127.0.0.1:${port}`, origin: "test", isChosen: true };
  await pullImage(engine, image, () => undefined, undefined, credentials);
  server.closeAllConnections();
  server.close();
  const [{ url = "", headers } = {} as IncomingMessage] = requests;
  return {
    query: Object.fromEntries(new URL(url, "http://engine").searchParams),
    login: headers["x-registry-auth"],
  };
}

const DIGEST = `sha256:${"0".repeat(64)}`;

test.each([
  ["redis", { fromImage: "redis", tag: "latest" }],
  ["redis:7-alpine", { fromImage: "redis", tag: "7-alpine" }],
  ["registry.example.com:5000/a/b", { fromImage: "registry.example.com:5000/a/b", tag: "latest" }],
  [`registry.example.com:5000/a@${DIGEST}`, { fromImage: `registry.example.com:5000/a@${DIGEST}` }],
  [`a:1@${DIGEST}`, { fromImage: `a:1@${DIGEST}` }],
])("%s is requested by its full name", async (image, query) => {
  expect(await askedFor(image)).toEqual({ query, login: undefined });
});

test("a login is in a header alone, as base64url with padding", async () => {
  const credentials = { server: "r.example.com", username: "bot", password: "a?>~ÿ-secret" };
  const { query, login } = await askedFor("r.example.com/a:1", credentials);
  expect(query).toEqual({ fromImage: "r.example.com/a", tag: "1" });
  expect(login).toMatch(/^[A-Za-z0-9_-]+=$/);
  expect(JSON.parse(Buffer.from(String(login), "base64url").toString())).toEqual({
    username: "bot",
    password: credentials.password,
    serveraddress: "r.example.com",
  });
});
