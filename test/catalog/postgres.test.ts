import { expect, test } from "@jest/globals";
import { postgres } from "../../src/catalog/postgres.ts";
import { connectionOf } from "../../src/model/declaration/references.ts";
import { sandbox } from "../../src/model/declaration/sandbox.ts";
import { plan } from "../../src/model/plan/plan-sandbox.ts";
import { secret } from "../../src/model/text.ts";

test("the probe uses TCP, since the initialising server listens only on a socket", () => {
  const service = postgres({ user: "app", database: "shop" });
  expect(service).toMatchObject({
    image: "postgres:17-alpine",
    ports: [5432],
    probe: { kind: "exec", command: ["pg_isready", "-q", "-h", "127.0.0.1", "-U", "app", "-d", "shop"] },
    stop: { signal: "SIGINT" },
  });
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
