import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { dockerEndpoint } from "../../../airgap/docker-provider/docker-endpoint.ts";

let homeFolder: string;
beforeEach(() => {
  homeFolder = mkdtempSync(join(tmpdir(), "docker-endpoint-"));
});
afterEach(() => rmSync(homeFolder, { recursive: true }));

const write = (path: string, content: string) => {
  const file = join(homeFolder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
};
const hash = (name: string) => createHash("sha256").update(name).digest("hex");
const writeContext = (name: string, host: string) =>
  write(
    `.docker/contexts/meta/${hash(name)}/meta.json`,
    JSON.stringify({ Endpoints: { docker: { Host: host } } }),
  );

test("the provider's host comes first", () => {
  const environment = { DOCKER_HOST: "tcp://elsewhere:2375" };
  expect(dockerEndpoint({ host: "unix:///mine.sock" }, { environment, homeFolder })).toEqual({
    host: "unix:///mine.sock",
  });
});

test("then the provider's context, before DOCKER_HOST", () => {
  writeContext("lab", "ssh://me@lab");
  const environment = { DOCKER_HOST: "tcp://elsewhere:2375" };
  expect(dockerEndpoint({ context: "lab" }, { environment, homeFolder }).host).toBe("ssh://me@lab");
});

test("then DOCKER_HOST, before the current context", () => {
  writeContext("lab", "ssh://me@lab");
  write(".docker/config.json", '{"currentContext":"lab"}');
  expect(dockerEndpoint({}, { environment: { DOCKER_HOST: "tcp://x:1" }, homeFolder }).host).toBe(
    "tcp://x:1",
  );
  expect(dockerEndpoint({}, { environment: {}, homeFolder }).host).toBe("ssh://me@lab");
});

test("then the machine's socket", () => {
  expect(dockerEndpoint({}, { environment: {}, homeFolder })).toEqual({
    host: "unix:///var/run/docker.sock",
  });
});

test("a context's certificates belong to it", () => {
  writeContext("lab", "tcp://lab:2376");
  for (const file of ["ca", "cert", "key"])
    write(`.docker/contexts/tls/${hash("lab")}/docker/${file}.pem`, file);
  expect(dockerEndpoint({ context: "lab" }, { environment: {}, homeFolder })).toEqual({
    host: "tcp://lab:2376",
    ca: "ca",
    cert: "cert",
    key: "key",
  });
});

test("an unknown context is an error that names it", () => {
  expect(() => dockerEndpoint({ context: "nowhere" }, { environment: {}, homeFolder })).toThrow(
    /"nowhere".*docker context ls/,
  );
});
