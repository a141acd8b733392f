import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import {
  dockerHosts,
  engineVariables,
  isCandidate,
  isOnThisMachine,
  socketPath,
} from "../../src/docker/host.ts";
import { ConfigurationError } from "../../src/model/problem.ts";

let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "nestbox-home-"));
});

afterEach(() => {
  rmSync(home, { recursive: true });
});

function writeContext(name: string, host: string, more: object = {}): string {
  const id = createHash("sha256").update(name).digest("hex");
  const meta = join(home, ".docker/contexts/meta", id);
  mkdirSync(meta, { recursive: true });
  writeFileSync(
    join(meta, "meta.json"),
    JSON.stringify({ Name: name, Endpoints: { docker: { Host: host, ...more } } }),
  );
  return id;
}

test("without configuration, the usual sockets in their order", () => {
  const hosts = dockerHosts({ HOME: home, XDG_RUNTIME_DIR: "/run/user/7", TMPDIR: "/tmp/of/user" });
  expect(hosts.map(({ host, origin }) => `${host} ${origin}`)).toEqual([
    "unix:///var/run/docker.sock socket of Docker",
    "unix:///run/user/7/docker.sock socket of rootless Docker",
    `unix://${home}/.docker/run/docker.sock socket of Docker Desktop`,
    `unix://${home}/.docker/desktop/docker.sock socket of Docker Desktop`,
    `unix://${home}/.orbstack/run/docker.sock socket of OrbStack`,
    `unix://${home}/.colima/default/docker.sock socket of Colima`,
    `unix://${home}/.config/colima/default/docker.sock socket of Colima`,
    `unix://${home}/.rd/docker.sock socket of Rancher Desktop`,
    "unix:///run/user/7/podman/podman.sock socket of rootless Podman",
    "unix:///run/podman/podman.sock socket of Podman",
    "unix:///tmp/of/user/podman/podman-machine-default-api.sock socket of Podman",
    `unix://${home}/.local/share/containers/podman/machine/podman.sock socket of Podman`,
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

test("a context whose engine's certificate is taken unseen", () => {
  writeContext("lab", "tcp://machine:2376", { SkipTLSVerify: true });
  const [lab] = dockerHosts({ HOME: home, DOCKER_CONTEXT: "lab" });
  expect(lab).toMatchObject({ host: "tcp://machine:2376", skipsVerification: true });
  expect(lab && engineVariables(lab)).toEqual({
    ...{ DOCKER_HOST: "tcp://machine:2376", DOCKER_TLS_VERIFY: "", DOCKER_TLS: "1" },
  });
});

test("other clients get the certificates of a context", () => {
  const id = writeContext("secure", "tcp://machine:2376");
  const certificates = join(home, ".docker/contexts/tls", id, "docker");
  mkdirSync(certificates, { recursive: true });
  const [engine] = dockerHosts({ HOME: home, DOCKER_CONTEXT: "secure" });
  const variables = engine && engineVariables(engine);
  expect(variables).toMatchObject({ DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: certificates });
  expect(dockerHosts({ HOME: home, ...variables })[0]).toMatchObject({ certificates });
});

test("the variables for TLS do not reach the engine of a context without TLS", () => {
  writeContext("plain", "tcp://machine:2375");
  const environment = { HOME: home, DOCKER_CONTEXT: "plain", DOCKER_TLS_VERIFY: "1" };
  const [engine] = dockerHosts(environment);
  expect(engine).not.toHaveProperty("certificates");
  const [same] = dockerHosts({ ...environment, ...(engine && engineVariables(engine)) });
  expect(same).not.toHaveProperty("certificates");
});

test("a context that does not exist is an error, never another engine", () => {
  expect(() => dockerHosts({ HOME: home, DOCKER_CONTEXT: "gone" })).toThrow(
    new ConfigurationError(
      'DOCKER_CONTEXT: context "gone": not found; docker context ls lists all, ' +
        "and docker context use chooses one",
    ),
  );
  mkdirSync(join(home, ".docker"));
  writeFileSync(join(home, ".docker/config.json"), '{"currentContext":"gone"}');
  expect(() => dockerHosts({ HOME: home })).toThrow(
    `${home}/.docker/config.json: currentContext: context "gone": not found`,
  );
  expect(dockerHosts({ HOME: home, DOCKER_CONTEXT: "default" })).not.toHaveLength(0);
});

test.each([
  "localhost:2375",
  "tpc://localhost:2375",
  "unix://run/docker.sock",
  "tcp://",
  "tcp://host:port",
  "/var/run/docker.sock",
])("DOCKER_HOST=%s is refused with what is valid", (host) => {
  expect(() => dockerHosts({ DOCKER_HOST: host })).toThrow(
    new ConfigurationError(
      `DOCKER_HOST: "${host}" is no address of a Docker engine; ` +
        "use unix:///PATH, tcp://HOST:PORT or ssh://USER@HOST",
    ),
  );
});

test("pipes of Windows, and Windows itself, are refused: WSL2", () => {
  const pipe = "npipe:////./pipe/docker_engine";
  expect(() => dockerHosts({ DOCKER_HOST: pipe })).toThrow(
    `DOCKER_HOST: ${pipe} is a pipe of Windows, which Nestbox does not reach; run Nestbox in WSL2`,
  );
  writeContext("desktop", pipe);
  expect(() => dockerHosts({ HOME: home, DOCKER_CONTEXT: "desktop" })).toThrow(/^context desktop: .* WSL2$/);
  expect(() => dockerHosts({ HOME: home }, "win32")).toThrow(
    "Windows: Nestbox reaches no engine from it; run Nestbox in WSL2",
  );
});

test("the default context and unreadable settings select the sockets", () => {
  mkdirSync(join(home, ".docker"));
  for (const settings of ['{"currentContext":"default"}', "not JSON", '{"currentContext":5}']) {
    writeFileSync(join(home, ".docker/config.json"), settings);
    expect(dockerHosts({ HOME: home })[0]).toMatchObject({ host: "unix:///var/run/docker.sock" });
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
