import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { branchEnvironment } from "../../../src/cli/workspace/branch-state.ts";
import { ConfigurationError } from "../../../src/model/problem.ts";

const DOCKER_HOST = "tcp://engine.example.com:2376";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "passphrase-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

test("a passphrase is generated once, readable by its user only", () => {
  const { PULUMI_CONFIG_PASSPHRASE_FILE: file = "" } = branchEnvironment(folder, {}, "docker");
  const passphrase = readFileSync(file, "utf8");
  expect(passphrase).toMatch(/^[\w-]{43}$/);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(branchEnvironment(folder, {}, "docker")).toEqual({ PULUMI_CONFIG_PASSPHRASE_FILE: file });
  expect(readFileSync(file, "utf8")).toBe(passphrase);
  expect(readdirSync(path.dirname(file))).toEqual(["passphrase"]);
});

test.each([
  { PULUMI_CONFIG_PASSPHRASE: "" },
  { PULUMI_CONFIG_PASSPHRASE: "mine", CI: "true", PULUMI_BACKEND_URL: "s3://states", DOCKER_HOST },
  { PULUMI_CONFIG_PASSPHRASE_FILE: "/mine" },
])("the user's own passphrase is used: %j", (environment) => {
  expect(branchEnvironment(folder, environment, "docker")).toEqual({});
  expect(readdirSync(folder)).toEqual([]);
});

test.each([
  [{ CI: "true", PULUMI_CONFIG_PASSPHRASE: "mine", DOCKER_HOST }, /PULUMI_BACKEND_URL: is not set/],
  [
    { CI: "true", PULUMI_BACKEND_URL: "file:///srv/states", DOCKER_HOST },
    /this checkout is deleted with the job.*masked CI\/CD variable/,
  ],
  [{ PULUMI_BACKEND_URL: "s3://states" }, /this state may be shared/],
])("with %j a generated passphrase is refused", (environment, message) => {
  expect(() => branchEnvironment(folder, environment, "docker")).toThrow(ConfigurationError);
  expect(() => branchEnvironment(folder, environment, "docker")).toThrow(message);
  expect(readdirSync(folder)).toEqual([]);
});
