import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { networkInterfaces } from "node:os";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { PullRefused, pullWithCredentials } from "../../../src/docker/registry/pull-with-credentials.ts";

const IMAGE = "registry.example:5000/team/app:1";
const PASSWORD = "geheim-4711";
const NO_LOGIN = 'Head "https://registry.example:5000/v2/": no basic auth credentials';
const WRONG = 'Head "https://registry.example:5000/v2/": unauthorized: authentication required';
const HIDDEN = "pull access denied for team/app, repository does not exist or may require 'docker login'";

/** A double of an engine that answers every pull so, and the logins that it gets. */
let engine: Server;
let refusal: string | undefined;
let mirrors: readonly string[];
let logins: (string | undefined)[];

beforeEach(async () => {
  [refusal, mirrors, logins] = [undefined, [], []];
  engine = createServer((request, answer) => {
    if (request.url === "/info") {
      answer.end(JSON.stringify({ RegistryConfig: { Mirrors: mirrors } }));
      return;
    }
    const header = request.headers["x-registry-auth"];
    logins.push(header === undefined ? undefined : Buffer.from(`${header}`, "base64url").toString());
    answer.end(`${JSON.stringify(refusal === undefined ? { status: "done" } : { error: refusal })}\n`);
  });
  engine.listen(0, "0.0.0.0");
  await once(engine, "listening");
});

afterEach(() => {
  engine.closeAllConnections();
  engine.close();
});

function auth(server: string, entry: object = { username: "bot", password: PASSWORD }): string {
  return JSON.stringify({ auths: { [server]: entry } });
}

function pull(image: string, config: string | undefined, host = "127.0.0.1"): Promise<void> {
  const { port } = engine.address() as AddressInfo;
  const docker = { host: `tcp://${host}:${port}`, origin: "test", isChosen: true };
  const environment = { HOME: "/nowhere", ...(config !== undefined && { DOCKER_AUTH_CONFIG: config }) };
  return pullWithCredentials(docker, image, { environment });
}

/** The message of a refused pull. */
async function messageOf(pulled: Promise<void>): Promise<string> {
  const error: unknown = await pulled.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(PullRefused);
  const { message } = error as PullRefused;
  expect(message).not.toContain(PASSWORD);
  return message;
}

const LOGIN = '{"username":"bot","password":"geheim-4711","serveraddress":"registry.example:5000"}';

test("a registry's credentials go with its images alone", async () => {
  const config = auth("registry.example:5000");
  for (const image of [IMAGE, "team/app", "registry.example/app", "mirror.example:5000/team/app"])
    await pull(image, config);
  expect(logins).toEqual([LOGIN, undefined, undefined, undefined]);
});

test("identity tokens and registry tokens are sent as such", async () => {
  await pull(IMAGE, auth("registry.example:5000", { identitytoken: "one" }));
  await pull(IMAGE, auth("registry.example:5000", { registrytoken: "two" }));
  await pull("team/app", auth("https://index.docker.io/v1/", { identitytoken: "three" }));
  expect(logins).toEqual([
    '{"identitytoken":"one","serveraddress":"registry.example:5000"}',
    '{"registrytoken":"two","serveraddress":"registry.example:5000"}',
    '{"identitytoken":"three","serveraddress":"https://index.docker.io/v1/"}',
  ]);
});

describe("the error", () => {
  test.each([
    [
      "without a login names the command",
      NO_LOGIN,
      undefined,
      /^registry\.example:5000 requires a login, .* none for it; run docker login registry\.example:5000 \(/,
    ],
    [
      "of a wrong login names its source",
      WRONG,
      auth("registry.example:5000"),
      /^registry\.example:5000 refuses the login of DOCKER_AUTH_CONFIG; correct .* docker login registry\./,
    ],
    [
      "of a missing image names no login",
      "manifest for registry.example:5000/team/app:1 not found: manifest unknown: manifest unknown",
      auth("registry.example:5000"),
      /^registry\.example:5000 has no such image; check its name and tag \((?!.*login)/,
    ],
    [
      "of a login that is not JSON says so",
      NO_LOGIN,
      PASSWORD,
      /requires a login.*\n {2}a login was not read: DOCKER_AUTH_CONFIG: it is not JSON$/,
    ],
    ["of anything else has Docker's words alone", "no such host", undefined, /^no such host$/],
  ])("%s", async (_, said, config, expected) => {
    refusal = said;
    expect(await messageOf(pull(IMAGE, config))).toMatch(expected);
  });

  test("of a registry that hides its images names both reasons", async () => {
    refusal = HIDDEN;
    expect(await messageOf(pull("team/app", undefined))).toMatch(
      /^docker\.io has no such image, or shows it only after a login; check the name, or run docker login \(/,
    );
    expect(await messageOf(pull("team/app", auth("docker.io")))).toMatch(
      /^docker\.io has no such image for the login of DOCKER_AUTH_CONFIG; check the name and the rights,/,
    );
  });
});

describe("credentials are not sent", () => {
  test("unencrypted to another machine, and the error says so", async () => {
    const addresses = Object.values(networkInterfaces()).flat();
    const other = addresses.find((one) => one?.family === "IPv4" && !one.internal)?.address;
    if (other === undefined) throw new Error("this test needs an address beside the loopback's");
    await pull(IMAGE, auth("registry.example:5000"), other);
    refusal = NO_LOGIN;
    const message = await messageOf(pull(IMAGE, auth("registry.example:5000"), other));
    expect(message).toMatch(
      /^registry\.example:5000 requires a login, and that of DOCKER_AUTH_CONFIG was not sent: the conn/,
    );
    expect(message).toContain(`${other}:`);
    expect(logins).toEqual([undefined, undefined]);
  });

  test("for images of Docker Hub to an engine with a mirror, which would get them", async () => {
    mirrors = ["https://mirror.example/"];
    refusal = HIDDEN;
    expect(await messageOf(pull("team/app", auth("docker.io")))).toMatch(
      /^docker\.io requires .* not sent: the engine would offer .* its mirror https:\/\/mirror\.example\//,
    );
    await messageOf(pull(IMAGE, auth("registry.example:5000")));
    expect(logins).toEqual([undefined, LOGIN]);
  });
});
