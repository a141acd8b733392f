import { expect, test } from "@jest/globals";
import { ConfigurationError } from "../../../src/model/problem.ts";
import {
  cleanUpSettingsFrom,
  clusterCleanUpSettingsFrom,
} from "../../../src/pulumi/clean-up/clean-up-settings.ts";

const PLACE = "Pulumi.ci.yaml: nestbox:cleanUp";
const IMAGE = "registry.example.com/team/nestbox";

test("valid settings are returned unchanged", () => {
  expect(cleanUpSettingsFrom({ image: IMAGE }, PLACE)).toEqual({ image: IMAGE });
  const all = { image: IMAGE, every: "30m", dockerSocket: "/run/user/1000/docker.sock" };
  expect(cleanUpSettingsFrom(all, PLACE)).toEqual(all);
});

test.each([
  [[IMAGE], "nestbox:cleanUp: is not a map of image, every, dockerSocket"],
  [{}, "nestbox:cleanUp.image: is missing; set the image built from container/Dockerfile"],
  [
    { image: IMAGE, often: "1h" },
    "nestbox:cleanUp.often: unknown setting; use one of image, every, dockerSocket",
  ],
  [{ image: IMAGE, every: "soon" }, 'nestbox:cleanUp.every: is "soon"; set a duration such as "1h"'],
  [{ image: IMAGE, every: 60 }, "nestbox:cleanUp.every: is 60; set a duration"],
  [{ image: IMAGE, dockerSocket: "docker.sock" }, "the path of the engine's socket on its host"],
])("%j is refused", (value, message) => {
  expect(() => cleanUpSettingsFrom(value, PLACE)).toThrow(ConfigurationError);
  expect(() => cleanUpSettingsFrom(value, PLACE)).toThrow(message);
});

test("in a cluster the interval is a schedule", () => {
  expect(clusterCleanUpSettingsFrom({ image: IMAGE }, PLACE)).toEqual({
    ...{ image: IMAGE, schedule: "0 */1 * * *" },
  });
  expect(clusterCleanUpSettingsFrom({ image: IMAGE, every: "30m" }, PLACE)).toMatchObject({
    schedule: "*/30 * * * *",
  });
});

test.each([
  [{}, "nestbox:cleanUp.image: is missing; set the image built from container/Dockerfile"],
  [{ image: IMAGE, every: "7m" }, 'nestbox:cleanUp.every: is "7m"; set whole minutes that divide an hour'],
  [{ image: IMAGE, every: 60 }, "nestbox:cleanUp.every: is 60; set whole minutes"],
  [
    { image: IMAGE, dockerSocket: "/var/run/docker.sock" },
    "nestbox:cleanUp.dockerSocket: belongs to a stack on a Docker engine, and this one is in a cluster",
  ],
])("%j is refused in a cluster", (value, message) => {
  expect(() => clusterCleanUpSettingsFrom(value, PLACE)).toThrow(ConfigurationError);
  expect(() => clusterCleanUpSettingsFrom(value, PLACE)).toThrow(message);
});
