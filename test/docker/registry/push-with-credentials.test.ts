import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { pushedDigest, pushWithCredentials } from "../../../src/docker/registry/push-with-credentials.ts";
import { ConfigurationError } from "../../../src/model/problem.ts";

const IMAGE = "registry.example:5000/team/api:1a2b";
const PASSWORD = "geheim-4711";

/** A double of an engine: what it answers to a push, and the requests that it gets. */
let engine: Server;
let messages: readonly object[];
let asked: { readonly path: string; readonly login: string }[];

beforeEach(async () => {
  [messages, asked] = [[], []];
  engine = createServer((request, answer) => {
    const login = Buffer.from(`${request.headers["x-registry-auth"]}`, "base64url").toString();
    asked.push({ path: `${request.method} ${request.url}`, login });
    answer.end(messages.map((message) => `${JSON.stringify(message)}\n`).join(""));
  });
  engine.listen(0, "127.0.0.1");
  await once(engine, "listening");
});

afterEach(() => {
  engine.closeAllConnections();
  engine.close();
});

function host() {
  const { port } = engine.address() as AddressInfo;
  return { host: `tcp://127.0.0.1:${port}`, origin: "test", isChosen: true };
}

function environment(hasLogin: boolean) {
  const auths = { "registry.example:5000": { username: "bot", password: PASSWORD } };
  return { HOME: "/nowhere", ...(hasLogin && { DOCKER_AUTH_CONFIG: JSON.stringify({ auths }) }) };
}

function push(hasLogin = true, onDetail: (text: string) => void = () => {}) {
  return pushWithCredentials(host(), IMAGE, { environment: environment(hasLogin), onDetail });
}

const LOGIN = '{"username":"bot","password":"geheim-4711","serveraddress":"registry.example:5000"}';

test("a push goes with the login of its registry, and gives the digest", async () => {
  const aux = { Tag: "1a2b", Digest: "sha256:aa", Size: 7 };
  messages = [{ status: "Pushing", id: "4f5e" }, { aux }, { status: "done" }];
  const lines: string[] = [];
  expect(await push(true, (line) => lines.push(line))).toBe("sha256:aa");
  expect(asked).toEqual([
    { path: "POST /images/registry.example:5000/team/api/push?tag=1a2b", login: LOGIN },
  ]);
  expect(lines).toEqual(["4f5e Pushing", "done"]);
});

test("a push without a login has an empty one, which engines require", async () => {
  expect(await push(false)).toBeUndefined();
  expect(asked).toMatchObject([{ login: "{}" }]);
});

test("the digest of an image is the registry's, and undefined where it does not say", async () => {
  messages = [{ Descriptor: { digest: "sha256:bb" } }];
  const ask = () => pushedDigest(host(), IMAGE, { environment: environment(true) });
  expect(await ask()).toBe("sha256:bb");
  expect(asked).toEqual([{ path: `GET /distribution/${IMAGE}/json`, login: LOGIN }]);
  engine.removeAllListeners("request");
  engine.on("request", (_, answer) => {
    answer.statusCode = 403;
    answer.end('{"message":"denied"}');
  });
  expect(await ask()).toBeUndefined();
});

describe("the error", () => {
  test.each([
    [
      "without a login names the command",
      "no basic auth credentials",
      false,
      /requires a login, and this machine has none for it; run docker login registry\.example:5000 \(no ba/,
    ],
    [
      "of a wrong login names its source",
      "unauthorized: authentication required",
      true,
      /refuses the login of DOCKER_AUTH_CONFIG; correct it there, or run docker login/,
    ],
    [
      "of a login without the right says so",
      "denied: requested access to the resource is denied",
      true,
      /does not take team\/api by the login of DOCKER_AUTH_CONFIG; give it the right to push, or run docker/,
    ],
    [
      "of a registry without such a repository says so",
      "name unknown: The repository with name 'team/api' does not exist",
      true,
      /registry\.example:5000 has no repository team\/api; create it there \(name unknown/,
    ],
    [
      "of anything else has Docker's words, and what to check",
      "server gave HTTP response to HTTPS client",
      true,
      /1a2b: server gave .* client; check that registry\.example:5000 is right, and that the engine reaches/,
    ],
  ])("%s", async (_, error, hasLogin, expected) => {
    messages = [{ error }];
    const refused: unknown = await push(hasLogin).catch((reason: unknown) => reason);
    expect(refused).toBeInstanceOf(ConfigurationError);
    const { message } = refused as ConfigurationError;
    expect(message).toMatch(/^push of registry\.example:5000\/team\/api:1a2b: /);
    expect(message).toMatch(expected);
    expect(message).not.toContain(PASSWORD);
  });
});
