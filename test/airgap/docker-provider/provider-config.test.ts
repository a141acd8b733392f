import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { configProblems, configuredHost } from "../../../airgap/docker-provider/provider-config.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "provider-config-"));
  const folder = join(home, ".docker/contexts/meta", createHash("sha256").update("lab").digest("hex"));
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, "meta.json"),
    JSON.stringify({ Endpoints: { docker: { Host: "ssh://me@lab" } } }),
  );
});
afterEach(() => rmSync(home, { recursive: true }));

const hostOf = (config: object, environment: object = {}) =>
  configuredHost({ ...config }, { HOME: home, DOCKER_HOST: "tcp://elsewhere:2375", ...environment });

test("the provider's host comes first, then its context, then the environment", () => {
  expect(hostOf({ host: "unix:///mine.sock", context: "lab" }).host).toBe("unix:///mine.sock");
  expect(hostOf({ context: "lab" }).host).toBe("ssh://me@lab");
  expect(hostOf({}).host).toBe("tcp://elsewhere:2375");
});

test("a folder of certificates belongs to the host", () => {
  expect(hostOf({ host: "tcp://lab:2376", certPath: "/certs" })).toMatchObject({ certificates: "/certs" });
});

test("an unknown context is an error that names it, never another engine", () => {
  expect(() => hostOf({ context: "nowhere" })).toThrow(/"nowhere".*docker context ls/);
});

test("settings that are not implemented are refused by name", () => {
  const config = {
    version: "5.2.0",
    host: "unix:///x",
    disableDockerDaemonCheck: "true",
    registryAuth: "[]",
  };
  expect(configProblems(config).map(({ path }) => path)).toEqual(["registryAuth"]);
});
