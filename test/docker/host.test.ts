import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { dockerHosts, isCandidate, isOnThisMachine, socketPath } from "../../src/docker/host.ts";

let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "nestbox-home-"));
});

afterEach(() => {
  rmSync(home, { recursive: true });
});

function writeContext(name: string, host: string): string {
  const id = createHash("sha256").update(name).digest("hex");
  const meta = join(home, ".docker/contexts/meta", id);
  mkdirSync(meta, { recursive: true });
  writeFileSync(
    join(meta, "meta.json"),
    JSON.stringify({ Name: name, Endpoints: { docker: { Host: host } } }),
  );
  return id;
}

test("without configuration, the usual sockets in their order", () => {
  const hosts = dockerHosts({ HOME: home, XDG_RUNTIME_DIR: "/run/user/7" });
  expect(hosts.map(({ host }) => host)).toEqual([
    "unix:///var/run/docker.sock",
    "unix:///run/user/7/docker.sock",
  ]);
  expect(hosts.every(({ isChosen }) => isChosen)).toBe(false);
});

test("DOCKER_HOST is the only engine, with certificates for TLS", () => {
  const environment = { HOME: home, DOCKER_HOST: "tcp://10.0.0.1:2376", DOCKER_TLS_VERIFY: "1" };
  expect(dockerHosts(environment)).toEqual([
    {
      host: "tcp://10.0.0.1:2376",
      origin: "DOCKER_HOST",
      isChosen: true,
      certificates: join(home, ".docker"),
    },
  ]);
  const [elsewhere] = dockerHosts({ ...environment, DOCKER_CERT_PATH: "/certs" });
  expect(elsewhere?.certificates).toBe("/certs");
});

test("the current context of the docker command", () => {
  writeContext("remote", "ssh://me@machine");
  writeFileSync(join(home, ".docker/config.json"), JSON.stringify({ currentContext: "remote" }));
  expect(dockerHosts({ HOME: home })).toEqual([
    { host: "ssh://me@machine", origin: "context remote", isChosen: true },
  ]);
});

test("a context with certificates", () => {
  const id = writeContext("secure", "tcp://machine:2376");
  const certificates = join(home, ".docker/contexts/tls", id, "docker");
  mkdirSync(certificates, { recursive: true });
  writeFileSync(join(certificates, "ca.pem"), "");
  expect(dockerHosts({ HOME: home, DOCKER_CONTEXT: "secure" })[0]?.certificates).toBe(certificates);
});

test("the default context and unreadable settings select the sockets", () => {
  mkdirSync(join(home, ".docker"));
  for (const settings of ['{"currentContext":"default"}', "not JSON", '{"currentContext":5}']) {
    writeFileSync(join(home, ".docker/config.json"), settings);
    expect(dockerHosts({ HOME: home }).map(({ host }) => host)).toEqual(["unix:///var/run/docker.sock"]);
  }
});

test("a socket in a folder with a space in its name is found", () => {
  const runtime = join(home, "run time");
  mkdirSync(runtime);
  writeFileSync(join(runtime, "docker.sock"), "");
  const [, own] = dockerHosts({ HOME: home, XDG_RUNTIME_DIR: runtime });
  expect(own && socketPath(own)).toBe(join(runtime, "docker.sock"));
  expect(own && isCandidate(own)).toBe(true);
  rmSync(join(runtime, "docker.sock"));
  expect(own && isCandidate(own)).toBe(false);
});

test("a selected engine is tried even if its socket is missing", () => {
  const [chosen] = dockerHosts({ DOCKER_HOST: "unix:///nowhere/docker.sock" });
  expect(chosen && isCandidate(chosen)).toBe(true);
  expect(socketPath({ host: "tcp://10.0.0.1:2375" })).toBeUndefined();
});

test.each([
  ["unix:///run/docker.sock", true],
  ["tcp://127.0.0.1:2375", true],
  ["tcp://localhost:2375", true],
  ["tcp://[::1]:2375", true],
  ["tcp://10.0.0.7:2375", false],
  ["tcp://localhost.example.com:2375", false],
  ["ssh://user@machine", false],
])("whether %s is on this machine: %s", (host, expected) => {
  expect(isOnThisMachine({ host })).toBe(expected);
});
