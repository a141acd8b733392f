import { expect, test } from "@jest/globals";
import { requireMeansThatOutliveJob } from "../../../src/cli/workspace/ci-job.ts";
import { ConfigurationError } from "../../../src/model/problem.ts";

/** No context of the docker command's counts in this environment. */
const JOB = { CI: "true", DOCKER_CONFIG: "/nowhere" };
const nothing = () => false;
const usualSocket = (file: unknown) => file === "/var/run/docker.sock";

test("outside CI a state in the checkout and an engine of the set-up's own are welcome", () => {
  const environment = { DOCKER_CONFIG: "/nowhere" };
  expect(() => requireMeansThatOutliveJob(undefined, environment, nothing)).not.toThrow();
});

test("in CI a state in the checkout is refused", () => {
  const check = () => requireMeansThatOutliveJob(undefined, JOB, usualSocket);
  expect(check).toThrow(ConfigurationError);
  expect(check).toThrow(/^PULUMI_BACKEND_URL is not set.*s3:/);
});

test("in CI an engine that is named will do, or a socket that the job was given", () => {
  const named = { ...JOB, DOCKER_HOST: "tcp://engine.example.com:2376" };
  expect(() => requireMeansThatOutliveJob("s3://states", named, nothing)).not.toThrow();
  expect(() => requireMeansThatOutliveJob("s3://states", JOB, usualSocket)).not.toThrow();
});

test("in CI an engine that the set-up would make is refused", () => {
  const check = () => requireMeansThatOutliveJob("s3://states", JOB, nothing);
  expect(check).toThrow(ConfigurationError);
  expect(check).toThrow(/^DOCKER_HOST is not set.*CI\/CD variable$/);
});
