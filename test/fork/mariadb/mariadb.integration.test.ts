import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { mariadb } from "../../../src/catalog/index.ts";
import { CannotFork } from "../../../src/fork/cannot-fork.ts";
import type { ForkSource, ForkValues } from "../../../src/fork/fork.ts";
import { MARIADB_RULE } from "../../../src/fork/mariadb/mariadb-rule.ts";
import { openMariaDbSession, type Row } from "../../../src/fork/mariadb/mariadb-session.ts";
import { sandbox } from "../../../src/model/declaration/sandbox.ts";
import { start } from "../../../src/start/start.ts";
import type { Started } from "../../../src/start/started-sandbox.ts";
import { eventually } from "../../eventually.ts";

const declared = sandbox("forked-mariadb", {
  services: {
    database: mariadb({ database: "shop", seed: { files: ["test/fork/mariadb/shop.sql"] } }),
    limited: mariadb({ user: "app" }),
  },
});

/** Runs statements as a client of a fork, or of the service. */
async function query(values: ForkValues, ...statements: readonly string[]): Promise<readonly Row[]> {
  const session = await openMariaDbSession({ values });
  try {
    await session.run(`USE ${String(values.database)}`);
    let rows: readonly Row[] = [];
    for (const statement of statements) rows = await session.run(statement);
    return rows;
  } finally {
    session.close();
  }
}

describe("forks of MariaDB", () => {
  let shop: Started<typeof declared>;
  beforeAll(async () => {
    shop = await start(declared);
  });
  afterAll(() => shop?.remove());

  const databases = async () => {
    const { host, port, user, password, database } = shop.services.database;
    const rows = await query({ host, port, user, password, database }, "SHOW DATABASES");
    return rows.map(({ Database }) => Database);
  };

  test("each has all that the seed has made", async () => {
    const { database } = shop.services;
    const { values, variables } = await database.fork();
    expect(await query(values, "SELECT name, upper_name FROM users ORDER BY id")).toEqual([
      { name: `it's "quoted"`, upper_name: `IT'S "QUOTED"` },
      { name: "Zoë", upper_name: "ZOË" },
    ]);
    expect(await query(values, "SELECT user, note FROM orders ORDER BY user")).toEqual([
      { user: "1", note: "of the first" },
      { user: "2", note: null },
    ]);
    const [counted] = await query(values, "SELECT NEXTVAL(counted) > 1 AS goes_on, twice(21) AS answer");
    expect(counted).toEqual({ goes_on: "1", answer: "42" });
    // The trigger, a view of a view, and the foreign key.
    const afterwards = await query(
      values,
      "INSERT INTO orders VALUES (2, 'new')",
      "DELETE FROM users WHERE id = 1",
      "SELECT note FROM all_noted",
    );
    expect(afterwards).toEqual([{ note: "NEW" }]);
    expect(values.url).toBe(`mysql://root:mysql@${database.host}:${database.port}/${values.database}`);
    expect(variables.DATABASE_MYSQL_DATABASE).toBe(values.database);
  });

  test("two have nothing of each other, nor has the service", async () => {
    const { database } = shop.services;
    const [one, other] = await Promise.all([database.fork(), database.fork()]);
    await query(one.values, "DELETE FROM users");
    const count = "SELECT count(*) AS users FROM users";
    expect(await query(one.values, count)).toEqual([{ users: "0" }]);
    expect(await query(other.values, count)).toEqual([{ users: "2" }]);
    const { host, port, user, password } = database;
    const own = { host, port, user, password, database: "shop" };
    expect(await query(own, "SHOW TABLES")).toEqual([]);
  });

  test("a dropped one goes, also while a client is connected", async () => {
    const fork = await shop.services.database.fork();
    const client = await openMariaDbSession(fork);
    await client.run(`USE ${fork.name}`);
    await fork.drop();
    await eventually(
      async () => {
        expect(await databases()).not.toContain(fork.name);
        expect(client.closed()).toBe(true);
      },
      { within: "30s" },
    );
  });

  test("a seed of a test is filled once, and one that fails leaves nothing", async () => {
    const { database } = shop.services;
    let runs = 0;
    const seed = async ({ values }: { readonly values: ForkValues }) => {
      runs += 1;
      await query(values, "CREATE TABLE filled (id int)");
    };
    const options = { seed, seedKey: randomBytes(4).toString("hex") };
    const [, other] = await Promise.all([database.fork(options), database.fork(options)]);
    expect(await query(other?.values ?? {}, "SELECT * FROM filled")).toEqual([]);
    expect(runs).toBe(1);
    const seeds = async () => (await databases()).filter((name) => /^nestbox_seed_given/.test(`${name}`));
    const before = await seeds();
    const failing = { seed: () => Promise.reject(new Error("no table")), seedKey: "failing" };
    await expect(database.fork(failing)).rejects.toThrow("no table");
    expect(await seeds()).toEqual(before);
  });

  test("another seed takes the place of one that nobody uses, and what has no owner is dropped", async () => {
    const source = (await shop.services.database.forkSource()) as ForkSource;
    const first = await MARIADB_RULE.connect(source);
    const old = await first.template({ kind: "given", hash: "old" }, async () => {});
    const left = await first.create(old, undefined);
    const second = await MARIADB_RULE.connect(source);
    const used = await second.template({ kind: "given", hash: "used" }, async () => {});
    const expired = await second.create(used, 1);
    const stays = await second.create(used, undefined);
    expect(await databases()).toEqual(expect.arrayContaining([old, left, used, expired, stays]));
    first.close();
    await eventually(
      async () => {
        const third = await MARIADB_RULE.connect(source);
        await third.template({ kind: "given", hash: randomBytes(4).toString("hex") }, async () => {});
        await third.removeAbandoned();
        third.close();
        const names = await databases();
        for (const gone of [old, left, expired]) expect(names).not.toContain(gone);
        expect(names).toEqual(expect.arrayContaining([used, stays]));
      },
      { within: "30s" },
    );
    second.close();
  });

  test("a user that may not create databases is refused", async () => {
    const refused = await shop.services.limited.fork().catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(CannotFork);
    expect(String(refused)).toContain(
      "forked-mariadb.services.limited: user app may not create databases, which forks need; leave out user",
    );
  });
});
