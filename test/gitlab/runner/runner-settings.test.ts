import { expect, test } from "@jest/globals";
import { runnerSettingsFrom } from "../../../src/gitlab/runner/runner-settings.ts";

const PLACE = "Pulumi.ci.yaml: nestbox:runner";
const SAID = { gitlabUrl: "https://gitlab.example.com", project: 7 };

test("what a stack says is taken, its token left alone", () => {
  expect(
    runnerSettingsFrom(
      {
        ...SAID,
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

test("a mirror is taken, its password left alone; false is none", () => {
  const mirror = {
    image: "registry:2",
    upstream: "https://hub.example.com",
    address: "10.0.0.1",
    port: 5001,
  };
  const said = { ...SAID, mirror: { ...mirror, username: "u", password: "p" } };
  expect(runnerSettingsFrom(said, PLACE).mirror).toEqual({ ...mirror, username: "u" });
  expect(runnerSettingsFrom({ ...SAID, mirror: false }, PLACE).mirror).toBe(false);
  expect(runnerSettingsFrom(SAID, PLACE)).not.toHaveProperty("mirror");
});

test.each<[unknown, string]>([
  ["on", `${PLACE} must hold gitlabUrl, project`],
  [{ ...SAID, tags: [] }, `${PLACE}.tags is not a setting; there are gitlabUrl`],
  [{ project: 7 }, `${PLACE}.gitlabUrl is missing; it must be the address of GitLab`],
  [{ ...SAID, gitlabUrl: "gitlab.example.com" }, `${PLACE}.gitlabUrl is "gitlab.example.com"`],
  [{ ...SAID, gitlabUrl: "https://gitlab.example.com/api/v4/" }, `${PLACE}.gitlabUrl must be the address of`],
  [{ ...SAID, gitlabUrl: "https://me:secret@gitlab.example.com" }, "without an account and without /api/v4"],
  [{ gitlabUrl: SAID.gitlabUrl }, `${PLACE} must say whose jobs its runners take`],
  [{ ...SAID, group: 3 }, `${PLACE} must say whose jobs its runners take`],
  [{ ...SAID, project: "team/app" }, `${PLACE}.project is "team/app"; it must be GitLab's number of it`],
  [{ gitlabUrl: SAID.gitlabUrl, instance: false }, `${PLACE}.instance is false; it must be true`],
  [{ ...SAID, metricsPort: 70_000 }, `${PLACE}.metricsPort is 70000; it must be a port`],
  [{ ...SAID, drain: "long" }, `${PLACE}.drain is "long"; it must be a duration`],
  [{ ...SAID, mirror: true }, `${PLACE}.mirror must hold image, upstream`],
  [{ ...SAID, mirror: { cache: "x" } }, `${PLACE}.mirror.cache is not a setting; there are image, upstream`],
  [{ ...SAID, mirror: { upstream: "hub" } }, `${PLACE}.mirror.upstream is "hub"; it must be the address`],
  [{ ...SAID, mirror: { port: 0 } }, `${PLACE}.mirror.port is 0; it must be a port`],
  [{ ...SAID, mirror: { username: "u" } }, `${PLACE}.mirror must hold both username and password`],
  [{ ...SAID, tokenLifetime: 30 }, `${PLACE}.tokenLifetime is 30; it must be a duration`],
  [{ ...SAID, image: "" }, `${PLACE}.image is ""; it must be text`],
])("%j is refused", (said, message) => {
  expect(() => runnerSettingsFrom(said, PLACE)).toThrow(message);
});
