import { expect, test } from "@jest/globals";
import { requirePersistentStateAndEngine } from "../../../src/cli/workspace/ci-job.ts";
import { ConfigurationError } from "../../../src/model/problem.ts";

/** An environment without a context of the docker command. */
const JOB = { CI: "true", DOCKER_CONFIG: "/nowhere" };
const nothing = () => false;
const usualSocket = (file: unknown) => file === "/var/run/docker.sock";

test("outside CI a state in the checkout and an engine started by nestbox are accepted", () => {
  const environment = { DOCKER_CONFIG: "/nowhere" };
  expect(() => requirePersistentStateAndEngine(undefined, environment, nothing)).not.toThrow();
});

test("in CI a state in the checkout is refused", () => {
  const check = () => requirePersistentStateAndEngine(undefined, JOB, usualSocket);
  expect(check).toThrow(ConfigurationError);
  expect(check).toThrow(/^PULUMI_BACKEND_URL: is not set.*s3:/);
});

test("in CI a named engine is accepted, and a socket in the job's container", () => {
  const named = { ...JOB, DOCKER_HOST: "tcp://engine.example.com:2376" };
  expect(() => requirePersistentStateAndEngine("s3://states", named, nothing)).not.toThrow();
  expect(() => requirePersistentStateAndEngine("s3://states", JOB, usualSocket)).not.toThrow();
});

test("in CI an engine that nestbox would start is refused", () => {
  const check = () => requirePersistentStateAndEngine("s3://states", JOB, nothing);
  expect(check).toThrow(ConfigurationError);
  expect(check).toThrow(/^DOCKER_HOST: is not set.*CI\/CD variable$/);
});
