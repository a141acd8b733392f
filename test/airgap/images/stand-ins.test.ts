import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { hubName, STAND_INS, standInFor } from "../../../airgap/images/stand-ins.ts";

test("each stand-in has its Dockerfile", () => {
  const folder = join(__dirname, "../../../airgap/images");
  const missing = STAND_INS.filter((standIn) => !existsSync(join(folder, standIn.folder, "Dockerfile")));
  expect(missing).toEqual([]);
});

test("a name is one of Docker Hub's, however it is written, or another registry's", () => {
  expect(hubName("redis:7-alpine")).toBe("library/redis:7-alpine");
  expect(hubName("docker.io/library/redis:7-alpine")).toBe("library/redis:7-alpine");
  expect(hubName("valkey/valkey")).toBe("valkey/valkey:latest");
  expect(hubName("redis@sha256:00")).toBe("library/redis@sha256:00");
  expect(hubName("registry.example/redis:7")).toBeUndefined();
  expect(hubName("localhost/redis")).toBeUndefined();
  expect(hubName("127.0.0.1:5000/redis")).toBeUndefined();
});

test("a stand-in serves for its own tag alone", () => {
  expect(standInFor("docker.io/redis:7-alpine")?.folder).toBe("redis");
  expect(standInFor("redis:6-alpine")).toBeUndefined();
  expect(standInFor("registry.example/redis:7-alpine")).toBeUndefined();
});
