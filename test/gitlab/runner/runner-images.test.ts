import { expect, test } from "@jest/globals";
import { GITLAB_RUNNER_IMAGES } from "../../../airgap/images/stand-ins.ts";
import { RUNNER_IMAGE, runnerImages } from "../../../src/gitlab/runner/runner-images.ts";

test("a stack without a runner needs no images", () => {
  expect(runnerImages(undefined)).toEqual([]);
  expect(runnerImages({})).toEqual([]);
});

test("a runner needs its image and its mirror's, default or configured", () => {
  expect(runnerImages({ project: 7 })).toEqual([RUNNER_IMAGE, "registry:3"]);
  expect(runnerImages({ image: "mine:1", mirror: { image: "other:2" } })).toEqual(["mine:1", "other:2"]);
  expect(runnerImages({ mirror: false })).toEqual([RUNNER_IMAGE]);
});

test("the default image has a stand-in where it cannot be pulled", () => {
  expect(GITLAB_RUNNER_IMAGES[0]).toBe(RUNNER_IMAGE);
});
