import { expect, test } from "@jest/globals";
import { postgres } from "../../src/catalog/postgres.ts";
import { connectionOf } from "../../src/model/declaration/references.ts";
import { sandbox } from "../../src/model/declaration/sandbox.ts";
import { plan } from "../../src/model/plan/plan-sandbox.ts";
import { secret } from "../../src/model/text.ts";
import { problemsIn } from "../sandboxes/problems-in.ts";

test("the probe uses TCP, since the initialising server listens only on a socket", () => {
  const service = postgres({ user: "app", database: "shop" });
  expect(service).toMatchObject({
    image: "postgres:17-alpine",
    ports: [5432],
    probe: { kind: "exec", command: ["pg_isready", "-q", "-h", "127.0.0.1", "-U", "app", "-d", "shop"] },
    stop: { signal: "SIGINT" },
  });
});

test("the client in the container reads the password from its file", () => {
  const { client } = postgres({ user: "app", database: "shop", password: secret("db-password") });
  expect(client).toEqual([
    "sh",
    "-c",
    'export PGPASSWORD="$(cat /run/secrets/postgres-password)"; exec "$0" "$@"',
    ...["psql", "-U", "app", "-d", "shop"],
  ]);
});

test("clients get the usual variables", () => {
  expect(connectionOf("db", postgres({ user: "app", password: "p@ss" }))).toEqual({
    host: "db",
    port: "5432",
    user: "app",
    password: "p@ss",
    database: "app",
    url: "postgresql://app:p%40ss@db:5432/app",
    variables: {
      PGHOST: "db",
      PGPORT: "5432",
      PGUSER: "app",
      PGPASSWORD: "p@ss",
      PGDATABASE: "app",
      DATABASE_URL: "postgresql://app:p%40ss@db:5432/app",
    },
  });
});

test("a secret password is in a file of the server, not in its environment or arguments", () => {
  const password = secret("db-password");
  const declared = sandbox("a", {
    services: { db: postgres({ password, env: { TZ: "UTC" }, files: { "/a": { content: "a" } } }) },
  });
  const [db] = plan(declared).services;
  expect(db?.env).toEqual({
    POSTGRES_USER: "postgres",
    POSTGRES_DB: "postgres",
    POSTGRES_PASSWORD_FILE: "/run/secrets/postgres-password",
    TZ: "UTC",
  });
  expect(db?.files).toEqual([
    { target: "/run/secrets/postgres-password", source: { content: password } },
    { target: "/a", source: { content: "a" } },
  ]);
  expect(connectionOf("db", postgres({ password }))).toMatchObject({
    url: ["postgresql://postgres:", password, "@db:5432/postgres"],
  });
});

test.each([
  ["full", postgres({ durability: "full" }), false],
  ["the default of the official image", postgres(), true],
  ["the default of another image", postgres({ image: "example.com/own:1" }), false],
  ["none of another image", postgres({ image: "example.com/own:1", durability: "none" }), true],
  ["a volume of one's own", postgres({ volumes: { "/var/lib/postgresql/data": "data" } }), false],
  ["PGDATA of one's own", postgres({ env: { PGDATA: "/data" } }), false],
  ["another program", postgres({ command: ["sh", "-c", "exec postgres"] }), false],
  ["options of the server", postgres({ command: ["-c", "max_connections=9"] }), true],
])("durability, %s: its data is in memory in a sandbox that is thrown away", (_, db, isInMemory) => {
  const volumes = ["data"];
  const declared = sandbox("a", { services: { db }, ...(db.volumes && { volumes }) });
  const [kept] = plan(declared).services;
  const [thrownAway] = plan(declared, { disposable: true }).services;
  expect(Object.keys(thrownAway?.tmpfs ?? {})).toEqual(isInMemory ? ["/var/lib/postgresql-in-memory"] : []);
  expect(thrownAway?.command?.includes("fsync=off") ?? false).toBe(isInMemory);
  expect(kept?.tmpfs).toEqual({});
  expect(kept?.command).toEqual(db.command);
});

test.each([
  [postgres(), 1024],
  [postgres({ dataSize: "3GiB" }), 3072],
  [postgres({ limits: { memory: "512MiB" } }), 256],
  [postgres({ limits: { memory: "8GiB" } }), 1024],
])("the data in memory has a bound, within the limit of the container", (db, mebibytes) => {
  const [planned] = plan(sandbox("a", { services: { db } }), { disposable: true }).services;
  expect(Object.values(planned?.tmpfs ?? {})).toEqual([mebibytes * 2 ** 20]);
});

test.each([
  [{ durability: "ful" }, 'snake.services.db.durability: is "ful"; use "full" or "none"'],
  [{ durability: false }, 'snake.services.db.durability: is false; use "full" or "none"'],
  [
    { dataSize: "1GB" },
    'snake.services.db.dataSize: "1GB" is not a size; ' +
      'use a number with KiB, MiB or GiB, for example "256MiB"',
  ],
  [{ dataSize: 5 }, "snake.services.db.dataSize: is the number 5; use a string"],
])("%j names the option and the remedy", (options, problem) => {
  expect(problemsIn({ services: { db: postgres(options as object) } })).toEqual([problem]);
});
