import { expect, test } from "@jest/globals";
import { imageLocation, loginAddress } from "../../src/registry/image-registry.ts";

test.each([
  ["redis", "docker.io", "library/redis"],
  ["redis:7-alpine", "docker.io", "library/redis"],
  ["team/app@sha256:00", "docker.io", "team/app"],
  ["docker.io/redis", "docker.io", "library/redis"],
  ["index.docker.io/team/app:1", "docker.io", "team/app"],
  ["registry.example/team/app:1", "registry.example", "team/app"],
  ["registry.example:5000/app:1@sha256:00", "registry.example:5000", "app"],
  ["localhost/app", "localhost", "app"],
  ["localhost:5000/app", "localhost:5000", "app"],
])("%s comes from %s", (image, registry, repository) => {
  expect(imageLocation(image)).toEqual({ registry, repository });
});

test("logins name Docker Hub by the address of its old API, and others by host and port", () => {
  expect(loginAddress("docker.io")).toBe("https://index.docker.io/v1/");
  expect(loginAddress("registry.example:5000")).toBe("registry.example:5000");
});
