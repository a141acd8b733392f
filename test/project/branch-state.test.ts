import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { ConfigurationError } from "../../src/model/problem.ts";
import { branchEnvironment, requirePersistence } from "../../src/project/branch-state.ts";

const DOCKER_HOST = "tcp://engine.example.com:2376";

/** Targets whose places outlive a CI job, or end with it. */
const OUTLIVES = { endsWithJob: () => undefined };
const ENDS = { endsWithJob: () => "it ends" };

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "passphrase-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

test("a passphrase is generated once, readable by its user only", () => {
  const { PULUMI_CONFIG_PASSPHRASE_FILE: file = "" } = branchEnvironment(folder, {}, OUTLIVES);
  const passphrase = readFileSync(file, "utf8");
  expect(passphrase).toMatch(/^[\w-]{43}$/);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(path.dirname(file)).mode & 0o777).toBe(0o700);
  expect(branchEnvironment(folder, {}, OUTLIVES)).toEqual({ PULUMI_CONFIG_PASSPHRASE_FILE: file });
  expect(readFileSync(file, "utf8")).toBe(passphrase);
  expect(readdirSync(path.dirname(file))).toEqual(["passphrase"]);
});

test.each([
  { PULUMI_CONFIG_PASSPHRASE: "" },
  { PULUMI_CONFIG_PASSPHRASE: "mine", CI: "true", PULUMI_BACKEND_URL: "s3://states", DOCKER_HOST },
  { PULUMI_CONFIG_PASSPHRASE_FILE: "/mine" },
])("the user's own passphrase is used: %j", (environment) => {
  expect(branchEnvironment(folder, environment, OUTLIVES)).toEqual({});
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
  expect(() => branchEnvironment(folder, environment, OUTLIVES)).toThrow(ConfigurationError);
  expect(() => branchEnvironment(folder, environment, OUTLIVES)).toThrow(message);
  expect(readdirSync(folder)).toEqual([]);
});

const STATE = { PULUMI_BACKEND_URL: "s3://states" };

test("outside CI a state in the checkout and a place that ends with the job are accepted", () => {
  expect(() => requirePersistence({}, ENDS)).not.toThrow();
});

test("in CI a state in the checkout is refused, on every place", () => {
  const check = () => requirePersistence({ CI: "true" }, OUTLIVES);
  expect(check).toThrow(ConfigurationError);
  expect(check).toThrow(/^PULUMI_BACKEND_URL: is not set.*s3:/);
});

test("in CI a place that ends with the job is refused with its reason, another one accepted", () => {
  const job = { ...STATE, CI: "true" };
  expect(() => requirePersistence(job, OUTLIVES)).not.toThrow();
  const check = () => requirePersistence(job, ENDS);
  expect(check).toThrow(ConfigurationError);
  expect(check).toThrow("it ends");
});
