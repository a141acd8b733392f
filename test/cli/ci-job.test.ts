import { expect, test } from "@jest/globals";
import { requireEngineThatOutlivesJob } from "../../cli/ci-job.ts";
import { ConfigurationError } from "../../sandboxes/model/problem.ts";

/** No context of the docker command's counts in this environment. */
const JOB = { CI: "true", DOCKER_CONFIG: "/nowhere" };
const nothing = () => false;
const usualSocket = (file: unknown) => file === "/var/run/docker.sock";

test("outside CI an engine of the set-up's own is welcome", () => {
  expect(() => requireEngineThatOutlivesJob({ DOCKER_CONFIG: "/nowhere" }, nothing)).not.toThrow();
});

test("in CI an engine that is named will do, or a socket that the job was given", () => {
  const named = { ...JOB, DOCKER_HOST: "tcp://engine.example.com:2376" };
  expect(() => requireEngineThatOutlivesJob(named, nothing)).not.toThrow();
  expect(() => requireEngineThatOutlivesJob(JOB, usualSocket)).not.toThrow();
});

test("in CI an engine that the set-up would make is refused", () => {
  expect(() => requireEngineThatOutlivesJob(JOB, nothing)).toThrow(ConfigurationError);
  expect(() => requireEngineThatOutlivesJob(JOB, nothing)).toThrow(
    /^DOCKER_HOST is not set.*CI\/CD variable$/,
  );
});
