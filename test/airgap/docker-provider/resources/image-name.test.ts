import { expect, test } from "@jest/globals";
import { imageName } from "../../../../airgap/docker-provider/resources/image-name.ts";

test.each([
  ["redis", "redis", "latest"],
  ["redis:7-alpine", "redis", "7-alpine"],
  ["registry:5000/library/redis", "registry:5000/library/redis", "latest"],
  ["registry:5000/redis:7", "registry:5000/redis", "7"],
  ["redis@sha256:abc", "redis", "sha256:abc"],
])("%s", (name, repository, tag) => {
  expect(imageName(name)).toEqual({ repository, tag });
});
