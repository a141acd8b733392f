import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { registryCredentials } from "../../src/registry/registry-credentials.ts";
import { type HelperFolder, helperFolder } from "./helper-folder.ts";

const SERVER = "registry.example:5000";
const IMAGE = `${SERVER}/team/app:1`;

let helpers: HelperFolder;

beforeEach(() => {
  helpers = helperFolder();
});

afterEach(() => helpers.remove());

function entry(password: string) {
  return { auth: Buffer.from(`bot:${password}`).toString("base64") };
}

function config(password: string, server = SERVER): string {
  return JSON.stringify({ auths: { [server]: entry(password) } });
}

function file(name: string, content: string | object): string {
  const path = join(helpers.path, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

/** @param helperLimit in milliseconds; more than any helper takes that does not hang */
function search(
  variables: Readonly<Record<string, string>> = {},
  image = IMAGE,
  helperLimit = 60_000,
): ReturnType<typeof registryCredentials> {
  const environment = { PATH: helpers.search, HOME: helpers.path, ...variables };
  return registryCredentials(image, { environment, helperLimit });
}

function found(source: string, password: string, server = SERVER) {
  return { credentials: { username: "bot", password, server }, source };
}

const GITLAB = { CI_REGISTRY: SERVER, CI_REGISTRY_USER: "bot", CI_REGISTRY_PASSWORD: "gitlab" };

test("without any source there are none", async () => {
  expect(await search()).toEqual({ problems: [] });
});

describe("the source", () => {
  test("DOCKER_AUTH_CONFIG has JSON", async () => {
    const { found: got } = await search({ DOCKER_AUTH_CONFIG: config("variable") });
    expect(got).toEqual(found("DOCKER_AUTH_CONFIG", "variable"));
  });

  test("docker login writes ~/.docker/config.json, or into DOCKER_CONFIG", async () => {
    const home = file(".docker/config.json", config("home"));
    expect((await search()).found).toEqual(found(home, "home"));
    const other = file("other/config.json", config("other"));
    expect((await search({ DOCKER_CONFIG: dirname(other) })).found).toEqual(found(other, "other"));
  });

  test("podman login writes into XDG_RUNTIME_DIR, or REGISTRY_AUTH_FILE", async () => {
    const runtime = file("run/containers/auth.json", config("runtime"));
    const XDG_RUNTIME_DIR = join(helpers.path, "run");
    expect((await search({ XDG_RUNTIME_DIR })).found).toEqual(found(runtime, "runtime"));
    const own = file("own.json", config("own"));
    expect((await search({ XDG_RUNTIME_DIR, REGISTRY_AUTH_FILE: own })).found).toEqual(found(own, "own"));
    const none = file("none.json", "{}");
    expect((await search({ XDG_RUNTIME_DIR, REGISTRY_AUTH_FILE: none })).found).toBeUndefined();
  });

  test("CI_REGISTRY_USER and CI_REGISTRY_PASSWORD are for CI_REGISTRY", async () => {
    expect((await search(GITLAB)).found).toEqual(found("CI_REGISTRY_PASSWORD", "gitlab"));
    for (const image of ["app", "registry.example/app", "registry.example:50000/app", `a.${SERVER}/app`])
      expect(await search(GITLAB, image)).toEqual({ problems: [] });
    const { CI_REGISTRY_PASSWORD: _, ...some } = GITLAB;
    expect(await search(some)).toEqual({ problems: [] });
  });

  test("a helper is asked for the registry, and Docker Hub by its own name", async () => {
    helpers.recording("one", '{ "Username": "bot", "Secret": "one" }');
    helpers.recording("all", '{ "Username": "<token>", "Secret": "all" }');
    file(".docker/config.json", {
      credHelpers: { [SERVER]: "one" },
      credsStore: "all",
      auths: { [SERVER]: {} },
    });
    expect((await search()).found).toEqual(found("docker-credential-one", "one"));
    expect((await search({}, "team/app")).found).toEqual({
      credentials: { identityToken: "all", server: "https://index.docker.io/v1/" },
      source: "docker-credential-all",
    });
    expect(helpers.asked()).toEqual([`get ${SERVER}`, "get https://index.docker.io/v1/"]);
  });

  test("that comes first counts", async () => {
    const own = file("own.json", config("own"));
    const docker = file(".docker/config.json", config("docker"));
    file("run/containers/auth.json", config("runtime"));
    const all = { ...GITLAB, XDG_RUNTIME_DIR: join(helpers.path, "run") };
    const podman = { ...all, REGISTRY_AUTH_FILE: own };
    const variable = { ...podman, DOCKER_AUTH_CONFIG: config("variable") };
    expect((await search(variable)).found).toEqual(found("DOCKER_AUTH_CONFIG", "variable"));
    expect((await search(podman)).found).toEqual(found(own, "own"));
    expect((await search(all)).found).toEqual(found(docker, "docker"));
    file(".docker/config.json", config("docker", "other.example"));
    expect((await search(all)).found?.credentials).toMatchObject({ password: "runtime" });
    file("run/containers/auth.json", config("runtime", "other.example"));
    expect((await search(all)).found).toEqual(found("CI_REGISTRY_PASSWORD", "gitlab"));
  });
});

describe("a source that cannot be read is named, and hides no other:", () => {
  test("DOCKER_AUTH_CONFIG that is not JSON", async () => {
    expect(await search({ ...GITLAB, DOCKER_AUTH_CONFIG: "geheim" })).toEqual({
      found: found("CI_REGISTRY_PASSWORD", "gitlab"),
      problems: ["DOCKER_AUTH_CONFIG: it is not JSON"],
    });
  });

  test("a folder in the place of a file", async () => {
    file(".docker/config.json/inside", "");
    const { problems } = await search();
    expect(problems).toEqual([`${helpers.path}/.docker/config.json: it cannot be read (EISDIR)`]);
  });

  test.each([
    [
      "prints rubbish",
      "echo geheim",
      "docker-credential-test printed something else than a login; update it",
    ],
    ["is missing", undefined, "docker-credential-test is not installed"],
  ])("a helper that %s", async (_, script, problem) => {
    if (script !== undefined) helpers.write("test", script);
    const path = file(".docker/config.json", { credsStore: "test", auths: { [SERVER]: entry("file") } });
    expect(await search()).toEqual({ found: found(path, "file"), problems: [`${path}: ${problem}`] });
  });

  test("a helper that hangs", async () => {
    helpers.write("test", "sleep 600");
    const path = file(".docker/config.json", { credsStore: "test", auths: { [SERVER]: entry("file") } });
    const problems = [`${path}: docker-credential-test did not answer within 0.3 s`];
    expect(await search({}, IMAGE, 300)).toEqual({ found: found(path, "file"), problems });
  });
});
