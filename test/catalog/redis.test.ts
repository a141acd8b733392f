import { execFile } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "@jest/globals";
import { redis, valkey } from "../../src/catalog/redis.ts";
import { connectionOf } from "../../src/model/declaration/references.ts";
import { sandbox } from "../../src/model/declaration/sandbox.ts";
import { plan } from "../../src/model/plan/plan-sandbox.ts";
import { type SecretReference, secret } from "../../src/model/text.ts";

const run = promisify(execFile);
const PASSWORD_FILE = "/run/secrets/password";

test.each([
  [redis(), "redis:7-alpine", "redis-cli ping | grep -q PONG"],
  [valkey(), "valkey/valkey:8-alpine", "valkey-cli ping | grep -q PONG"],
])("the defaults are the image, its port, and a probe that checks the answer", (service, image, probe) => {
  expect(service).toMatchObject({ image, ports: [6379] });
  expect(service.probe).toMatchObject({ kind: "exec", command: probe });
  expect(service).not.toHaveProperty("command");
});

test("the client in the container uses the database of connections", () => {
  expect(redis().client).toEqual(["redis-cli"]);
  expect(valkey({ database: 3 }).client).toEqual(["valkey-cli", "-n", "3"]);
});

test("clients get the usual variables", () => {
  expect(connectionOf("cache", redis({ database: 3, alias: "some-random-cache" }))).toEqual({
    host: "some-random-cache",
    port: "6379",
    database: "3",
    url: "redis://some-random-cache:6379/3",
    variables: {
      REDIS_HOST: "some-random-cache",
      REDIS_PORT: "6379",
      REDIS_DB: "3",
      REDIS_URL: "redis://some-random-cache:6379/3",
    },
  });
});

test("the URL contains a secret password by name and a plain one encoded", () => {
  const password = secret("redis-password");
  expect(connectionOf("cache", redis({ password }))).toMatchObject({
    url: ["redis://:", password, "@cache:6379/0"],
    variables: { REDIS_PASSWORD: password },
  });
  expect(connectionOf("cache", redis({ password: "p@ss/word" }))).toMatchObject({
    url: "redis://:p%40ss%2Fword@cache:6379/0",
    variables: { REDIS_PASSWORD: "p@ss/word" },
  });
});

test("a password is in a file, not in the environment or arguments", () => {
  const password: SecretReference = secret("redis-password");
  const declared = sandbox("a", {
    services: { cache: redis({ password, files: { "/etc/a": { content: "a" } }, env: { TZ: "UTC" } }) },
  });
  const [cache] = plan(declared).services;
  expect(cache?.env).toEqual({ TZ: "UTC" });
  expect(cache?.files).toEqual([
    { target: PASSWORD_FILE, source: { content: password } },
    { target: "/etc/a", source: { content: "a" } },
  ]);
  expect(JSON.stringify([cache?.command, cache?.probe, cache?.remoteProbe])).not.toContain("redis-password");
});

test.each([
  ["simple", undefined, ["redis-server", "-"], []],
  ["a\"b\\c$d`e $(x) #f'", ["redis-server", "--save", ""], ["redis-server", "-", "--save", ""], []],
  [
    "with a file",
    ["redis-server", __filename, "--port", "1"],
    ["redis-server", "-", "--port", "1"],
    [`include "${__filename}"`],
  ],
])("the server reads the password %j from standard input", async (password, command, started, included) => {
  const service = redis({ password: secret("redis-password"), ...(command && { command }) });
  const folder = await mkdtemp(join(tmpdir(), "nestbox-redis-"));
  try {
    // A double of the image's entrypoint, which prints its arguments and its standard input.
    const entrypoint = join(folder, "docker-entrypoint.sh");
    await writeFile(entrypoint, "#!/bin/sh\nprintf '<%s>' \"$@\"\necho\ncat\n");
    await chmod(entrypoint, 0o755);
    await writeFile(join(folder, "password"), password);
    const [program = "", ...rest] = (service.command ?? []).map((argument) =>
      argument.replaceAll(PASSWORD_FILE, join(folder, "password")),
    );
    const { stdout } = await run(program, rest, { env: { PATH: `${folder}:${process.env.PATH}` } });
    const [argumentLine, ...configuration] = stdout.trimEnd().split("\n");
    expect(argumentLine).toBe(started.map((argument) => `<${argument}>`).join(""));
    // Redis's configuration file escapes quotes and backslashes with a backslash.
    expect(configuration.at(-1)).toBe(`requirepass "${password.replace(/["\\]/g, "\\$&")}"`);
    expect(configuration.slice(0, -1)).toEqual(included);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test.each([
  [redis(), ["redis-server", "--save", "", "--appendonly", "no", "--databases", "1024"]],
  [valkey(), ["valkey-server", "--save", "", "--appendonly", "no", "--databases", "1024"]],
  [redis({ command: ["redis-server", "--port", "1"] }), ["redis-server", "--port", "1"]],
  [redis({ image: "example.com/own:1" }), undefined],
])(
  "a sandbox that is thrown away writes nothing to the disk, and has databases for forks",
  (cache, command) => {
    const [planned] = plan(sandbox("a", { services: { cache } }), { disposable: true }).services;
    expect(planned?.command).toEqual(command);
  },
);
