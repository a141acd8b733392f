import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import postgresClient from "postgres";
import { postgres, redis } from "../../src/catalog/index.ts";
import { CannotFork } from "../../src/fork/cannot-fork.ts";
import type { ForkSource } from "../../src/fork/fork.ts";
import { POSTGRES_RULE } from "../../src/fork/postgres/postgres-rule.ts";
import { REDIS_RULE } from "../../src/fork/redis/redis-rule.ts";
import { openRedisSession } from "../../src/fork/redis/redis-session.ts";
import { sandbox } from "../../src/model/declaration/sandbox.ts";
import { start } from "../../src/start/start.ts";
import type { Started } from "../../src/start/started-sandbox.ts";
import { eventually } from "../eventually.ts";

const fill = 'psql "$OWN" -qc "insert into users values (\'by job\')"';

const declared = sandbox("forked", {
  services: {
    database: postgres({
      database: "shop",
      seed: [
        {
          command: ["sh", "-c", 'test -n "$DATABASE_URL" -a "$PGHOST" = "$DATABASE_PGHOST"'],
          inputs: ["test/fork/users.sql"],
        },
        { files: ["test/fork/users.sql"] },
        { job: "fill" },
      ],
    }),
    plain: postgres({ user: "plain" }),
    broken: postgres({ seed: { command: ["sh", "-c", "echo no such migration >&2; exit 3"] } }),
    cache: redis({ password: "pass", seed: { files: ["test/fork/cache.redis"] } }),
    web: { image: "redis:7-alpine", ports: [6379] },
  },
  jobs: {
    fill: { image: "postgres:17-alpine", env: ({ database }) => ({ OWN: database.url }), script: [fill] },
  },
});

/** Statements by a client like that of a test. */
async function query(url: string, statement: string): Promise<readonly unknown[]> {
  const sql = postgresClient(url, { max: 1, onnotice: () => {} });
  try {
    return [...(await sql.unsafe(statement))].map((row) => Object.values(row)[0]);
  } finally {
    await sql.end();
  }
}

const USERS = "SELECT name FROM users ORDER BY name";

describe("forks of services", () => {
  let shop: Started<typeof declared>;
  beforeAll(async () => {
    shop = await start(declared);
  });
  afterAll(() => shop?.remove());

  const databases = (url: string) => query(url, "SELECT datname FROM pg_database ORDER BY datname");

  test("each starts from the seed, and has what others write no more than the service", async () => {
    const { database } = shop.services;
    const [one, other] = await Promise.all([database.fork(), database.fork()]);
    await query(one.values.url, "INSERT INTO users VALUES ('of one')");
    expect(await query(other.values.url, USERS)).toEqual(["by file", "by job"]);
    expect(await query(one.values.url, USERS)).toEqual(["by file", "by job", "of one"]);
    expect(await query(database.url, "SELECT to_regclass('users')")).toEqual([null]);
    expect(one.values.database).toBe(one.name);
    expect(one.values.variables.PGDATABASE).toBe(one.name);
    await Promise.all([one.drop(), other.drop()]);
  });

  test("a dropped one goes, also while a client is connected", async () => {
    const { plain } = shop.services;
    const fork = await plain.fork();
    const client = postgresClient(fork.values.url, { max: 1, onnotice: () => {} });
    await client`SELECT 1`;
    await fork.drop();
    await eventually(async () => expect(await databases(plain.url)).not.toContain(fork.name), {
      within: "30s",
    });
    await client.end({ timeout: 0 });
  });

  test("without a seed, each is a copy of the service as it is", async () => {
    const { plain } = shop.services;
    await query(plain.url, "CREATE TABLE notes (text text)");
    const fork = await plain.fork();
    expect(await query(fork.values.url, "SELECT count(*)::int FROM notes")).toEqual([0]);
    await fork.drop();
    const client = postgresClient(plain.url, { max: 1 });
    await client`SELECT 1`;
    await expect(plain.fork()).rejects.toThrow(
      /^forked\.services\.plain: clients are connected to its database, .*give it a seed/,
    );
    await client.end();
  });

  test("a seed of a test is filled once, and one that fails leaves nothing", async () => {
    const { plain } = shop.services;
    let runs = 0;
    const seed = async ({ values }: { readonly values: { readonly url: string } }) => {
      runs += 1;
      await query(values.url, "CREATE TABLE users (name text)");
    };
    const options = { seed, seedKey: randomBytes(4).toString("hex") };
    const forks = await Promise.all([plain.fork(options), plain.fork(options)]);
    expect(await query(forks[1]?.values.url ?? "", USERS)).toEqual([]);
    expect(runs).toBe(1);
    const failing = { seed: () => Promise.reject(new Error("no table")), seedKey: "failing" };
    // Others are forks that are made ahead.
    const seeds = async () => (await databases(plain.url)).filter((name) => /^nestbox_seed/.test(`${name}`));
    const before = await seeds();
    expect(before).toHaveLength(1);
    await expect(plain.fork(failing)).rejects.toThrow("no table");
    expect(await seeds()).toEqual(before);
  });

  test("a declared seed that fails is reported with its last lines, and is not kept", async () => {
    await expect(shop.services.broken.fork()).rejects.toThrow(
      "forked.services.broken.seed: sh -c echo no such migration >&2; exit 3 failed with exit code 3; " +
        "correct it\n    no such migration",
    );
    const { stdout } = await shop.exec("broken", [
      "psql",
      "-U",
      "postgres",
      "-Atc",
      "SELECT datname FROM pg_database",
    ]);
    expect(stdout).not.toContain("nestbox_seed");
  });

  test("another seed takes the place of one that nobody uses, and what has no owner is dropped", async () => {
    const { plain } = shop.services;
    const source = (await plain.forkSource()) as ForkSource;
    const first = await POSTGRES_RULE.connect(source);
    const old = await first.template({ kind: "declared", hash: "old" }, async () => {});
    const second = await POSTGRES_RULE.connect(source);
    const used = await second.template({ kind: "declared", hash: "used" }, async () => {});
    expect(await databases(plain.url)).toEqual(expect.arrayContaining([old, used]));
    const expired = await second.create(used, 1);
    first.close();
    await eventually(
      async () => {
        const third = await POSTGRES_RULE.connect(source);
        await third.template({ kind: "declared", hash: randomBytes(4).toString("hex") }, async () => {});
        await third.removeAbandoned();
        third.close();
        const names = await databases(plain.url);
        expect(names).not.toContain(old);
        expect(names).not.toContain(expired);
        expect(names).toContain(used);
      },
      { within: "30s" },
    );
    second.close();
  });

  test("forks of Redis are numbers with the keys of the seed", async () => {
    const { cache } = shop.services;
    const [one, other] = await Promise.all([cache.fork({ ahead: 0 }), cache.fork({ ahead: 0 })]);
    const client = await openRedisSession(cache.host, Number(cache.port));
    await client.run("AUTH", "pass");
    await client.run("SELECT", one.name);
    await client.run("SET", "greeting", "of one");
    await client.run("SELECT", other.name);
    expect(await client.run("GET", "greeting")).toBe("hello");
    await client.run("SELECT", "0");
    expect(await client.run("DBSIZE")).toBe(0);
    expect(one.values.url).toBe(`redis://:pass@${cache.host}:${cache.port}/${one.name}`);
    // Once it is dropped, its clients have ended, and its number has no key.
    const ofOne = await openRedisSession(cache.host, Number(cache.port));
    await ofOne.run("AUTH", "pass");
    await ofOne.run("SELECT", one.name);
    await one.drop();
    await eventually(
      async () => {
        expect(ofOne.closed()).toBe(true);
        expect(await client.run("INFO", "keyspace")).not.toContain(`db${one.name}:`);
      },
      { within: "30s" },
    );
    await client.run("SELECT", other.name);
    expect(await client.run("GET", "greeting")).toBe("hello");
    client.close();
  });

  test("FLUSHALL, which would empty all forks of Redis, is refused, FLUSHDB is not", async () => {
    const { cache } = shop.services;
    const [one, other] = await Promise.all([cache.fork({ ahead: 0 }), cache.fork({ ahead: 0 })]);
    const client = await openRedisSession(cache.host, Number(cache.port));
    await client.run("AUTH", "pass");
    await client.run("SELECT", one.name);
    await expect(client.run("FLUSHALL")).rejects.toThrow(/FLUSHALL was refused: NOPERM/);
    await client.run("FLUSHDB");
    expect(await client.run("DBSIZE")).toBe(0);
    await client.run("SELECT", other.name);
    expect(await client.run("GET", "greeting")).toBe("hello");
    client.close();
    await Promise.all([one.drop(), other.drop()]);
  });

  test("a number of Redis whose time was over is given out empty, and without its clients", async () => {
    const { cache } = shop.services;
    const session = await openRedisSession(cache.host, Number(cache.port));
    await session.run("AUTH", "pass");
    const source = (await cache.forkSource()) as ForkSource;
    const forks = await REDIS_RULE.connect(source);
    const expired = await forks.create(undefined, 1);
    await session.run("SELECT", expired);
    await session.run("SET", "left", "1");
    // The next number to be given out is that of the fork.
    const list = await openRedisSession(cache.host, Number(cache.port));
    await list.run("AUTH", "pass");
    await list.run("SELECT", 1023);
    await eventually(async () => expect(await list.run("EXISTS", `nestbox:number:${expired}`)).toBe(0), {
      within: "30s",
    });
    await list.run("SET", "nestbox:next", Number(expired) - 1);
    const next = await forks.create(undefined, undefined);
    expect(next).toBe(expired);
    expect(await list.run("INFO", "keyspace")).not.toContain(`db${next}:`);
    await eventually(async () => expect(session.closed()).toBe(true), { within: "30s" });
    await forks.drop(next);
    forks.close();
    list.close();
  });

  test("a service without forks says what to use instead", async () => {
    const refused = await shop.services.web.fork().catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(CannotFork);
    expect(String(refused)).toContain("forked.services.web: only some services of the catalog have forks");
  });
});
