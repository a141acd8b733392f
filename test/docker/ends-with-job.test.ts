import { expect, test } from "@jest/globals";
import { engineEndsWithJob } from "../../src/docker/ends-with-job.ts";

const HOME = { HOME: "/nowhere" };

test("an engine that the set-up starts in a CI job ends with it", () => {
  expect(engineEndsWithJob({ ...HOME, CI: "true" }, () => false)).toBe(
    "DOCKER_HOST: is not set, and a Docker engine started in this job ends with it; " +
      "set it to an engine that outlives the job, in GitLab as a CI/CD variable",
  );
});

test("a chosen engine, one with a socket, and one outside CI outlive it", () => {
  const chosen = { ...HOME, CI: "true", DOCKER_HOST: "tcp://engine.example.com:2376" };
  expect(engineEndsWithJob(chosen, () => false)).toBeUndefined();
  const hasSocket = (file: unknown) => file === "/var/run/docker.sock";
  expect(engineEndsWithJob({ ...HOME, CI: "true" }, hasSocket)).toBeUndefined();
  expect(engineEndsWithJob(HOME, () => false)).toBeUndefined();
});
