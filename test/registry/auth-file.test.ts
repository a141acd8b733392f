import { describe, expect, test } from "@jest/globals";
import { helperIn, loginIn, parseAuthFile } from "../../src/registry/auth-file.ts";
import { imageLocation } from "../../src/registry/image-registry.ts";

const IMAGE = "registry.example:5000/team/app:1";

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

/** The login of a file with these entries. */
function login(auths: Readonly<Record<string, unknown>>, image = IMAGE) {
  return loginIn(parseAuthFile(JSON.stringify({ auths })), imageLocation(image));
}

const BOT = { username: "bot", password: "a:b" };
const ENTRY = { auth: base64("bot:a:b") };
const OTHER = { auth: base64("other:other") };

describe("an entry", () => {
  test.each([
    ["has username and password in base64", ENTRY, BOT],
    ["of old versions is filled up", { auth: base64("bot:a:b\0\0") }, BOT],
    ["has username and password as texts", BOT, BOT],
    ["has an identity token", { ...ENTRY, identitytoken: "token" }, { identityToken: "token" }],
    ["has a registry token", { registrytoken: "token" }, { registryToken: "token" }],
    ["marks an identity token by its username", { auth: base64("<token>:t") }, { identityToken: "t" }],
    ["of a credential helper is empty", {}, undefined],
    ["without a login has an address alone", { email: "bot@example.com" }, undefined],
  ])("%s", (_, entry, expected) => {
    expect(login({ "registry.example:5000": entry })).toEqual(expected);
  });

  test("that cannot be decoded is an error without its text", () => {
    const secret = base64("geheim");
    expect(() => login({ "registry.example:5000": { auth: secret } })).toThrow(
      /^auths\["registry.example:5000"\].auth is not USERNAME:PASSWORD in base64$/,
    );
  });
});

describe("a key", () => {
  test.each([
    "registry.example:5000",
    "https://registry.example:5000",
    "http://registry.example:5000/",
    "https://registry.example:5000/v2/",
    "registry.example:5000/v1/",
    "registry.example:5000/team",
    "registry.example:5000/team/app",
  ])("%s names the registry", (key) => {
    expect(login({ [key]: ENTRY })).toEqual(BOT);
  });

  test.each([
    "registry.example",
    "registry.example:50000",
    "registry.example:500",
    "mirror.registry.example:5000",
    "example:5000",
    "registry.example:5000.evil.example",
    "registry.example:5000/te",
    "registry.example:5000/team/app/more",
    "https://index.docker.io/v1/",
    "",
  ])("%j names another registry, or another part of it", (key) => {
    expect(login({ [key]: ENTRY })).toBeUndefined();
  });

  test.each(["https://index.docker.io/v1/", "index.docker.io", "docker.io", "registry-1.docker.io"])(
    "%s names Docker Hub",
    (key) => {
      expect(login({ [key]: ENTRY }, "team/app")).toEqual(BOT);
      expect(login({ [key]: ENTRY }, "docker.io/redis")).toEqual(BOT);
      expect(login({ [key]: ENTRY })).toBeUndefined();
    },
  );

  test("that names more of the path comes first, and then the exact one", () => {
    const host = "registry.example:5000";
    expect(login({ [host]: OTHER, [`${host}/team`]: ENTRY, [`${host}/team/b`]: OTHER })).toEqual(BOT);
    expect(login({ [`https://${host}/v2/`]: OTHER, [host]: ENTRY })).toEqual(BOT);
  });
});

test("a helper of one registry comes before the one for all", () => {
  const file = parseAuthFile(
    JSON.stringify({ credsStore: "pass", credHelpers: { "registry.example:5000": "team" } }),
  );
  expect(helperIn(file, imageLocation(IMAGE))).toBe("team");
  expect(helperIn(file, imageLocation("registry.example/app"))).toBe("pass");
  expect(helperIn(parseAuthFile("{}"), imageLocation(IMAGE))).toBeUndefined();
});

test("other contents of config.json stay unread", () => {
  const text = JSON.stringify({
    currentContext: "default",
    proxies: {},
    auths: { a: { extra: { deep: 1 } } },
  });
  expect(parseAuthFile(text)).toEqual({ auths: { a: {} }, credHelpers: {} });
});

test.each([
  ["geheim", "it is not JSON"],
  ["", "it is not JSON"],
  ['"geheim"', "it is not a JSON object"],
  ["null", "it is not a JSON object"],
  ["[]", "it is not a JSON object"],
  ['{ "auths": ["geheim"] }', "auths is not a JSON object"],
  ['{ "auths": { "r.example": "geheim" } }', 'auths["r.example"] is not a JSON object'],
  ['{ "credHelpers": "geheim" }', "credHelpers is not a JSON object"],
])("%s is an error without its text", (text, message) => {
  expect(() => parseAuthFile(text)).toThrow(new Error(message));
});
