import { expect, test } from "@jest/globals";
import { ConfigurationError } from "../../../src/model/problem.ts";
import { cleanUpSettingsFrom } from "../../../src/pulumi/clean-up/clean-up-settings.ts";

const PLACE = "Pulumi.ci.yaml: nestbox:cleanUp";
const IMAGE = "registry.example.com/team/nestbox";

test("what is said is what is read", () => {
  expect(cleanUpSettingsFrom({ image: IMAGE }, PLACE)).toEqual({ image: IMAGE });
  const all = { image: IMAGE, every: "30m", dockerSocket: "/run/user/1000/docker.sock" };
  expect(cleanUpSettingsFrom(all, PLACE)).toEqual(all);
});

test.each([
  [[IMAGE], "nestbox:cleanUp must hold image, every, dockerSocket"],
  [{}, "nestbox:cleanUp.image is missing; it must be the image that container/Dockerfile makes"],
  [
    { image: IMAGE, often: "1h" },
    "nestbox:cleanUp.often is not a setting; there are image, every, dockerSocket",
  ],
  [{ image: IMAGE, every: "soon" }, 'nestbox:cleanUp.every is "soon"; it must be a duration such as "1h"'],
  [{ image: IMAGE, every: 60 }, "nestbox:cleanUp.every is 60; it must be a duration"],
  [{ image: IMAGE, dockerSocket: "docker.sock" }, "the path of the engine's socket on its host"],
])("%j is refused", (value, complaint) => {
  expect(() => cleanUpSettingsFrom(value, PLACE)).toThrow(ConfigurationError);
  expect(() => cleanUpSettingsFrom(value, PLACE)).toThrow(complaint);
});
