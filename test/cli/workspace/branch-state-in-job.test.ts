import { expect, test } from "@jest/globals";
import { requirePersistence } from "../../../src/cli/workspace/branch-state.ts";
import { ConfigurationError } from "../../../src/model/problem.ts";

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
