import { rmSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import postgresClient from "postgres";
import { engineHost } from "../../src/docker/engine-host.ts";
import { readOwnedResources } from "../../src/docker/owned-resources.ts";
import { removeResources } from "../../src/docker/remove-owned.ts";
import { openRedisSession } from "../../src/fork/redis/redis-session.ts";
import { LABEL } from "../../src/model/labels.ts";
import { eventually } from "../eventually.ts";
import { type UserProject, userProject } from "./user-project.ts";

let project: UserProject;

beforeAll(async () => {
  project = userProject("e2e-forks");
  for (const file of ["Pulumi.yaml", "infra"]) rmSync(path.join(project.folder, file), { recursive: true });
  project.write("users.sql", "CREATE TABLE users (name text); INSERT INTO users VALUES ('seeded');\n");
  project.write("hello.redis", "SET greeting hello\n");
  project.declare(
    `sandbox("shop", {
      services: {
        database: postgres({ seed: { files: ["users.sql"] } }),
        cache: redis({ seed: { files: ["hello.redis"] } }),
        web: { image: "alpine:3.19", command: ["sleep", "100000"] },
      },
      jobs: { nothing: { image: "alpine:3.19", script: ["true"] } },
    })`,
    'sandbox("idle", { services: { queue: redis() } })',
  );
  await project.succeed("up", "shop");
});

afterAll(async () => {
  const owned = await readOwnedResources(engineHost(process.env));
  const own = owned.filter(({ labels }) => labels[LABEL.project] === path.basename(project.folder));
  await removeResources(engineHost(process.env), own);
  await project.remove();
});

/** A fork by `nestbox fork`: its variables. */
async function forkOf(...words: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const { stdout } = await project.succeed("fork", ...words, "--format", "json");
  return JSON.parse(stdout);
}

/** The first column of what a client reads. */
async function query(url: string | undefined, statement: string): Promise<readonly unknown[]> {
  const sql = postgresClient(String(url), { max: 1, onnotice: () => {} });
  try {
    return [...(await sql.unsafe(statement))].map((row) => Object.values(row)[0]);
  } finally {
    await sql.end();
  }
}

const USERS = "SELECT name FROM users ORDER BY name";

/** The forks on the server of a database. */
const forksBeside = (url: string | undefined) =>
  query(url, "SELECT datname FROM pg_database WHERE datname LIKE 'nestbox_fork_%'");

/** A command of Redis in a fork. */
async function askRedis(fork: Readonly<Record<string, string>>, ...words: readonly string[]) {
  const session = await openRedisSession(String(fork.REDIS_HOST), Number(fork.REDIS_PORT));
  await session.run("SELECT", String(fork.REDIS_DB));
  const answer = await session.run(...words);
  session.close();
  return answer;
}

describe("nestbox fork", () => {
  test("two of a database start from the seed, and neither has what the other writes", async () => {
    const [one, other] = await Promise.all([forkOf("shop", "database"), forkOf("database")]);
    expect(one.DATABASE_URL).not.toBe(other.DATABASE_URL);
    await query(one.DATABASE_URL, "INSERT INTO users VALUES ('of one')");
    expect(await query(one.DATABASE_URL, USERS)).toEqual(["of one", "seeded"]);
    expect(await query(other.DATABASE_URL, USERS)).toEqual(["seeded"]);
    expect(one.DATABASE_URL).toContain(`:${one.PGPORT}/${one.PGDATABASE}`);
  });

  test("two of Redis are numbers with the keys of the seed", async () => {
    const [one, other] = await Promise.all([forkOf("cache"), forkOf("shop", "cache")]);
    expect(one.REDIS_DB).not.toBe(other.REDIS_DB);
    await askRedis(one, "SET", "greeting", "of one");
    expect(await askRedis(one, "GET", "greeting")).toBe("of one");
    expect(await askRedis(other, "GET", "greeting")).toBe("hello");
  });

  test("prints dotenv unless another format is named, and nothing else to the standard output", async () => {
    const { stdout } = await project.succeed("fork", "database");
    expect(stdout).toMatch(/^(?:\w+=\S+\n)+$/);
    expect(stdout).toMatch(/^DATABASE_URL=postgresql:\S+\/nestbox_fork_\w+$/m);
    const shell = await project.succeed("fork", "database", "--format", "shell");
    expect(shell.stdout).toMatch(/^export PGDATABASE='?nestbox_fork_\w+'?$/m);
  });

  test("a fork whose time is over goes with a next one, one whose time is not stays", async () => {
    const stays = await forkOf("database");
    const goes = await forkOf("database", "--for", "1s");
    await eventually(
      async () => {
        await forkOf("database");
        expect(await forksBeside(stays.DATABASE_URL)).not.toContain(goes.PGDATABASE);
      },
      { within: "1m" },
    );
    expect(await forksBeside(stays.DATABASE_URL)).toContain(stays.PGDATABASE);
  });

  test.each([
    [
      ["web"],
      "shop.services.web: only some services of the catalog have forks, " +
        "such as postgres(), mariadb() and redis(); " +
        "start a sandbox for each test, or clear the service between tests",
    ],
    [["nope"], 'no sandbox or service "nope"; there are shop (database, cache, web), idle (queue)'],
    [["shop", "nope"], 'no service "nope" in sandbox "shop"; it has database, cache, web'],
    [["idle", "queue"], 'sandbox "idle": is not up (service queue missing); run nestbox up first'],
    [[], "SERVICE: is missing; name a service of a sandbox"],
    [["shop", "database", "more"], "more: is one word too many; a command follows after --"],
    [
      ["database", "--for", "soon"],
      '--for: "soon" is not a duration; a fork always has an end, such as "8h"',
    ],
    [
      ["database", "--for", "never"],
      '--for: "never" is not a duration; a fork always has an end, such as "8h"',
    ],
    [["database", "--", "env"], "--: a command gets a fork by nestbox run --fork SERVICE -- COMMAND"],
  ])("%j is refused", async (words, message) => {
    const { exitCode, stdout, stderr } = await project.nestbox(["fork", ...words]);
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 2, stdout: "", stderr: `error ${message}\n` });
  });
});

describe("nestbox run --fork", () => {
  test("gives a command a fork, which is dropped afterwards, and its exit code", async () => {
    const kept = await forkOf("database");
    const words = ["run", "shop", "--fork", "database", "--fork", "cache", "--", "sh", "-c"];
    const { exitCode, stdout } = await project.nestbox([...words, "echo $PGDATABASE $REDIS_DB; exit 3"]);
    const [, database, number] = /^(nestbox_fork_\w+) (\d+)$/m.exec(stdout) ?? [];
    expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: `${database} ${number}\n` });
    expect(await forksBeside(kept.DATABASE_URL)).toEqual(expect.not.arrayContaining([database]));
    expect(await forksBeside(kept.DATABASE_URL)).toContain(kept.PGDATABASE);
  });

  test("of a sandbox that is started for the command", async () => {
    const words = ["run", "idle", "--fresh", "--fork", "queue", "--", "sh", "-c", "echo $REDIS_URL"];
    const { stdout } = await project.succeed(...words);
    expect(stdout).toMatch(/^redis:\/\/127\.0\.0\.1:\d+\/[1-9]\d*\n$/);
  });

  test.each([
    [["--fork", "web", "--", "true"], "shop.services.web: only some services of the catalog have forks"],
    [
      ["--fork", "nope", "--", "true"],
      '--fork: no service "nope" in sandbox "shop"; it has database, cache, web',
    ],
    [["nothing", "--fork", "database"], "--fork: is for a command of this machine; write it after --"],
  ])("%j is refused, and the command does not run", async (words, message) => {
    const { exitCode, stderr } = await project.nestbox(["run", "shop", ...words]);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: expect.stringContaining(`error ${message}`),
    });
  });
});
