import { expect, test } from "@jest/globals";
import { hubName } from "../../src/setup/provide-images.ts";

test("names in every notation are recognized as Docker Hub's or another registry's", () => {
  expect(hubName("redis:7-alpine")).toBe("library/redis:7-alpine");
  expect(hubName("docker.io/library/redis:7-alpine")).toBe("library/redis:7-alpine");
  expect(hubName("valkey/valkey")).toBe("valkey/valkey:latest");
  expect(hubName("redis@sha256:00")).toBe("library/redis@sha256:00");
  expect(hubName("registry.example/redis:7")).toBeUndefined();
  expect(hubName("localhost/redis")).toBeUndefined();
  expect(hubName("127.0.0.1:5000/redis")).toBeUndefined();
});
