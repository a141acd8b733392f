import { expect, test } from "@jest/globals";
import { postgres } from "../../src/catalog/postgres.ts";
import { redis, valkey } from "../../src/catalog/redis.ts";

test.each([
  [undefined, "70"],
  ["postgres:17", "999"],
  ["postgres", "999"],
  ["postgres:16.2-alpine3.19@sha256:0a", "70"],
  ["docker.io/library/postgres:17-alpine", "70"],
  ["localhost:5000/library/postgres:17", "999"],
  ["postgres@sha256:0a", undefined],
  ["registry.example.com/postgres:17", undefined],
  ["pgvector/pgvector:pg17", undefined],
  ["$IMAGE", undefined],
])("Postgres with the image %s runs as %s", (image, user) => {
  expect(postgres({ ...(image !== undefined && { image }) }).user).toBe(user);
});

test.each([
  [redis().user, "999"],
  [redis({ image: "redis:7" }).user, "999"],
  [redis({ image: "redis/redis-stack-server:7" }).user, undefined],
  [redis({ image: "redis/redis-stack-server:7", user: "1" }).user, "1"],
  [redis({ user: "root" }).user, "root"],
  [valkey().user, "999"],
  [valkey({ image: "mirror.example.com/hub/valkey/valkey:8" }).user, "999"],
  [valkey({ image: "valkey/valkey-bundle:8" }).user, undefined],
])("Redis and Valkey run as the user of their official images: %s", (user, expected) => {
  expect(user).toBe(expected);
});

test("Postgres has its data below a mounted folder that belongs to root", () => {
  const wrapped = (server: readonly string[]) => [
    "sh",
    "-c",
    expect.stringContaining("/pgdata"),
    "sh",
    ...server,
  ];
  const tmpfs = { "/var/lib/postgresql/data": "64MiB" } as const;
  expect(postgres({ tmpfs }).command).toEqual(wrapped(["postgres"]));
  expect(postgres({ env: { PGDATA: "/pg" } }).command).toEqual(wrapped(["postgres"]));
  expect(
    postgres({ volumes: { "/var/lib/postgresql/data": "d" }, command: ["-c", "fsync=off"] }).command,
  ).toEqual(wrapped(["-c", "fsync=off"]));
  expect(postgres({ command: ["-c", "fsync=off"] }).command).toEqual(["-c", "fsync=off"]);
  expect(postgres({ image: "pgvector/pgvector:pg17", tmpfs }).command).toBeUndefined();
  expect(postgres()).not.toHaveProperty("command");
});
