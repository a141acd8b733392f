import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { branchEnvironment, requirePersistence } from "../../../src/cli/workspace/branch-state.ts";
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

/** An environment without a context of the docker command. */
const JOB = { CI: "true", DOCKER_CONFIG: "/nowhere" };
const nothing = () => false;
const usualSocket = (file: unknown) => file === "/var/run/docker.sock";

test("outside CI a state in the checkout and an engine started by nestbox are accepted", () => {
  const environment = { DOCKER_CONFIG: "/nowhere" };
  expect(() => requirePersistence(undefined, environment, "docker", nothing)).not.toThrow();
});

test("in CI a state in the checkout is refused", () => {
  const check = () => requirePersistence(undefined, JOB, "docker", usualSocket);
  expect(check).toThrow(ConfigurationError);
  expect(check).toThrow(/^PULUMI_BACKEND_URL: is not set.*s3:/);
});

test("in CI a named engine is accepted, and a socket in the job's container", () => {
  const named = { ...JOB, DOCKER_HOST: "tcp://engine.example.com:2376" };
  expect(() => requirePersistence("s3://states", named, "docker", nothing)).not.toThrow();
  expect(() => requirePersistence("s3://states", JOB, "docker", usualSocket)).not.toThrow();
});

test("in CI an engine that nestbox would start is refused", () => {
  const check = () => requirePersistence("s3://states", JOB, "docker", nothing);
  expect(check).toThrow(ConfigurationError);
  expect(check).toThrow(/^DOCKER_HOST: is not set.*CI\/CD variable$/);
});

test("a cluster outlives every job", () => {
  expect(() => requirePersistence("s3://states", JOB, "kubernetes", nothing)).not.toThrow();
  expect(() => requirePersistence(undefined, JOB, "kubernetes", nothing)).toThrow("PULUMI_BACKEND_URL");
});
