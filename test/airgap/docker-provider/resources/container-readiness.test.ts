import { expect, test } from "@jest/globals";
import type { InspectedContainer } from "../../../../airgap/docker-provider/resources/container-api.ts";
import { readiness } from "../../../../airgap/docker-provider/resources/container-readiness.ts";

const running = {
  Status: "running",
  Running: true,
  Restarting: false,
  OOMKilled: false,
  ExitCode: 0,
  Error: "",
};
const container = (state: Partial<InspectedContainer["State"]>): InspectedContainer => ({
  Id: "1",
  Name: "/cache",
  Image: "sha256:1",
  Config: {},
  HostConfig: {},
  NetworkSettings: {},
  State: { ...running, ...state },
});

test.each([
  ["healthy", { Health: { Status: "healthy" } }],
  ["starting", { Health: { Status: "starting" } }],
  ["starting", { Running: false, Restarting: true, Health: { Status: "starting" } }],
])("%s", (verdict, state) => {
  expect(readiness(container(state))).toBe(verdict);
});

test("unhealthy says what the probe said", () => {
  const Health = { Status: "unhealthy", Log: [{ ExitCode: 1, Output: "NOAUTH\n" }] };
  expect(readiness(container({ Health }))).toBe("unhealthy (its probe ended with 1: NOAUTH)");
});

test("an end says its exit code, and when memory ran out", () => {
  expect(readiness(container({ Running: false, ExitCode: 137, OOMKilled: true }))).toMatch(
    /exit code 137, out of memory/,
  );
});

test("no healthcheck is nothing to wait for", () => {
  expect(readiness(container({}))).toMatch(/healthcheck/);
});
