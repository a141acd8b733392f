import { expect, test } from "@jest/globals";
import { runnerSettingsFrom } from "../../../src/gitlab/runner/runner-settings.ts";

const PLACE = "Pulumi.ci.yaml: nestbox:runner";
const VALID = { gitlabUrl: "https://gitlab.example.com", project: 7 };

test("a stack's settings, without the token", () => {
  expect(
    runnerSettingsFrom(
      {
        ...VALID,
        token: "x",
        image: "a:1",
        metricsPort: 9252,
        dockerSocket: "/run/docker.sock",
        certificates: "ca.pem",
        drain: "2h",
        tokenLifetime: "30d",
      },
      PLACE,
    ),
  ).toEqual({
    gitlabUrl: "https://gitlab.example.com",
    scope: { project: 7 },
    image: "a:1",
    metricsPort: 9252,
    dockerSocket: "/run/docker.sock",
    certificates: "ca.pem",
    drain: "2h",
    tokenLifetime: "30d",
  });
  expect(runnerSettingsFrom({ gitlabUrl: "http://gitlab", group: 3 }, PLACE).scope).toEqual({ group: 3 });
  expect(runnerSettingsFrom({ gitlabUrl: "http://gitlab", instance: true }, PLACE).scope).toBe("instance");
});

test("a mirror, without its password; false is none", () => {
  const mirror = {
    image: "registry:2",
    upstream: "https://hub.example.com",
    address: "10.0.0.1",
    port: 5001,
  };
  const value = { ...VALID, mirror: { ...mirror, username: "u", password: "p" } };
  expect(runnerSettingsFrom(value, PLACE).mirror).toEqual({ ...mirror, username: "u" });
  expect(runnerSettingsFrom({ ...VALID, mirror: false }, PLACE).mirror).toBe(false);
  expect(runnerSettingsFrom(VALID, PLACE)).not.toHaveProperty("mirror");
});

test.each<[unknown, string]>([
  ["on", `${PLACE}: is not a map of gitlabUrl, project`],
  [{ ...VALID, tags: [] }, `${PLACE}.tags: unknown setting; use one of gitlabUrl`],
  [{ project: 7 }, `${PLACE}.gitlabUrl: is missing; set the address of GitLab`],
  [{ ...VALID, gitlabUrl: "gitlab.example.com" }, `${PLACE}.gitlabUrl: is "gitlab.example.com"`],
  [{ ...VALID, gitlabUrl: "https://gitlab.example.com/api/v4/" }, `${PLACE}.gitlabUrl: contains an account`],
  [{ ...VALID, gitlabUrl: "https://me:secret@gitlab.example.com" }, "contains an account or /api/v4"],
  [{ gitlabUrl: VALID.gitlabUrl }, `${PLACE}: must declare exactly one scope`],
  [{ ...VALID, group: 3 }, `${PLACE}: must declare exactly one scope`],
  [{ ...VALID, project: "team/app" }, `${PLACE}.project: is "team/app"; set the ID of a GitLab project`],
  [{ gitlabUrl: VALID.gitlabUrl, instance: false }, `${PLACE}.instance: is false; set true`],
  [{ ...VALID, metricsPort: 70_000 }, `${PLACE}.metricsPort: is 70000; set a port`],
  [{ ...VALID, drain: "long" }, `${PLACE}.drain: is "long"; set a duration`],
  [{ ...VALID, mirror: true }, `${PLACE}.mirror: is not a map of image, upstream`],
  [
    { ...VALID, mirror: { cache: "x" } },
    `${PLACE}.mirror.cache: unknown setting; use one of image, upstream`,
  ],
  [{ ...VALID, mirror: { upstream: "hub" } }, `${PLACE}.mirror.upstream: is "hub"; set the address`],
  [{ ...VALID, mirror: { port: 0 } }, `${PLACE}.mirror.port: is 0; set a port`],
  [{ ...VALID, mirror: { username: "u" } }, `${PLACE}.mirror: only one of username and password is set`],
  [{ ...VALID, tokenLifetime: 30 }, `${PLACE}.tokenLifetime: is 30; set a duration`],
  [{ ...VALID, image: "" }, `${PLACE}.image: is ""; set text`],
])("%j is refused", (value, message) => {
  expect(() => runnerSettingsFrom(value, PLACE)).toThrow(message);
});
