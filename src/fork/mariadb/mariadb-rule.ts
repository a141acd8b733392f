import { randomInt } from "node:crypto";
import { CannotFork } from "../cannot-fork.ts";
import type { ForkSource } from "../fork.ts";
import { newForkName, ownerOfFork } from "../fork-owner.ts";
import { noSpace } from "../no-space.ts";
import { preparedSession } from "../prepared-session.ts";
import type { ForkConnection, ForkRule, TemplateSeed } from "../rule.ts";
import { COPY_MODE, copyStatements, identifier, sqlText } from "./copy-statements.ts";
import { MariaDbRefused, type MariaDbSession, openMariaDbSession } from "./mariadb-session.ts";

/**
 * MariaDB: each fork is a database with a copy of each table. The server has no templates, and no way to
 * copy files. A session holds a lock with a name as long as it lasts: what nobody holds can be removed.
 */
export const MARIADB_RULE: ForkRule = {
  // Another positional word would be a second database, and the locale of a container is often none.
  loadWords: (name) => ["--default-character-set=utf8mb4", `--init-command=USE ${identifier(name)}`],
  connect: async (source) =>
    preparedSession(await openMariaDbSession(source), async (session) => {
      const holder = randomInt(1, 2 ** 31 - 1);
      await prepare(session, source);
      await session.run(`SELECT GET_LOCK(${lockOf(holder)}, 0)`);
      return forksOf({ source, session, holder, copies: new Map() });
    }),
};

const FORK = "nestbox_fork_";
const SEED = "nestbox_seed_";
/** The database that lists the seeds that are complete, and the sessions that copy them. */
const LISTS = "nestbox_forks";

interface Server {
  readonly source: ForkSource;
  readonly session: MariaDbSession;
  /** This session, in the names of its forks. */
  readonly holder: number;
  /** The statements that copy a seed: it does not change. */
  readonly copies: Map<string, readonly string[]>;
}

const ACCESS_DENIED = [1044, 1142, 1227];

async function prepare(session: MariaDbSession, { service, values }: ForkSource): Promise<void> {
  try {
    await session.run(`CREATE DATABASE IF NOT EXISTS ${LISTS}`);
    await session.run(`CREATE TABLE IF NOT EXISTS ${LISTS}.seeds (name varchar(64) PRIMARY KEY)`);
    await session.run(
      `CREATE TABLE IF NOT EXISTS ${LISTS}.users (seed varchar(64), holder int, PRIMARY KEY (seed, holder))`,
    );
  } catch (error) {
    if (!ACCESS_DENIED.includes(codeOf(error) ?? 0)) throw error;
    throw new CannotFork(
      `${service}: user ${String(values.user)} may not create databases, which forks need; ` +
        "leave out user, so that connections are those of root",
    );
  }
  await session.run(COPY_MODE);
  await session.run("SET foreign_key_checks = 0, sql_log_bin = 0");
}

function forksOf(server: Server): ForkConnection {
  const { session, source, holder } = server;
  return {
    template: (seed, fill) => provideSeed(server, seed, fill),
    async create(template, until) {
      const owner =
        until === undefined
          ? ({ kind: "holder", holder } as const)
          : ({ kind: "until", until: (await now(session)) + Math.ceil(until / 1000) } as const);
      const name = newForkName(FORK, owner);
      try {
        await copyDatabase(server, template, name);
        return name;
      } catch (error) {
        if (!session.closed()) await drop(session, name);
        throw explained(source, error);
      }
    },
    drop: (name) => drop(session, name),
    removeAbandoned: () => removeAbandoned(server),
    closed: session.closed,
    close: session.close,
  };
}

/** @param template @default the service's own database */
async function copyDatabase(server: Server, template: string | undefined, name: string): Promise<void> {
  const { session, source, copies } = server;
  const from = template ?? String(source.values.database);
  const statements = copies.get(from) ?? (await copyStatements(session, from));
  if (template !== undefined) copies.set(template, statements);
  await session.run(await emptyLike(session, from, name));
  await session.run(`USE ${identifier(name)}`);
  for (const statement of statements) await session.run(statement);
}

/** Creates a database with the character set of another one. */
async function emptyLike(session: MariaDbSession, from: string, name: string): Promise<string> {
  const [row] = await session.run(`SHOW CREATE DATABASE ${identifier(from)}`);
  return String(row?.["Create Database"]).replace(identifier(from), identifier(name));
}

async function now(session: MariaDbSession): Promise<number> {
  const [row] = await session.run("SELECT UNIX_TIMESTAMP() AS now");
  return Number(row?.now);
}

/** Drops a database, also while clients are connected. */
async function drop(session: MariaDbSession, name: string): Promise<void> {
  const clients = await session.run(
    `SELECT ID AS id FROM information_schema.PROCESSLIST WHERE DB = '${name}' AND ID <> CONNECTION_ID()`,
  );
  for (const { id } of clients) await session.run(`KILL ${id}`).catch(ignoreUnknownClient);
  await session.run(`DROP DATABASE IF EXISTS ${identifier(name)}`);
}

const UNKNOWN_CLIENT = 1094;

/** It has just ended by itself. */
function ignoreUnknownClient(error: unknown): void {
  if (codeOf(error) !== UNKNOWN_CLIENT) throw error;
}

function lockOf(holder: number): string {
  return sqlText(`nestbox ${holder}`);
}

async function isAlive(session: MariaDbSession, holder: number): Promise<boolean> {
  const [row] = await session.run(`SELECT IS_USED_LOCK(${lockOf(holder)}) AS user`);
  return row?.user !== null;
}

/** Drops the forks of sessions that have ended, and those whose time is over. */
async function removeAbandoned({ session }: Server): Promise<void> {
  const time = await now(session);
  for (const { name } of await session.run(
    `SELECT SCHEMA_NAME AS name FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE '${FORK}%'`,
  )) {
    const owner = ownerOfFork(FORK, String(name));
    const isOver =
      owner?.kind === "until" ? owner.until < time : owner && !(await isAlive(session, owner.holder));
    if (isOver === true) await drop(session, String(name));
  }
}

/** Seconds: longer than any seed takes. */
const LONG = 86_400;

async function provideSeed(
  server: Server,
  { kind, hash }: TemplateSeed,
  fill: (name: string) => Promise<void>,
): Promise<string> {
  const { session, source, holder } = server;
  const name = `${SEED}${kind}_${hash}`;
  const exists = async () =>
    (await session.run(`SELECT 1 FROM ${LISTS}.seeds WHERE name = '${name}'`)).length > 0;
  await session.run(`INSERT IGNORE INTO ${LISTS}.users VALUES ('${name}', ${holder})`);
  if (await exists()) return name;
  await session.run(`SELECT GET_LOCK('${name}', ${LONG})`);
  try {
    if (await exists()) return name;
    // Of a process that was killed.
    await drop(session, name);
    try {
      await session.run(await emptyLike(session, String(source.values.database), name));
      await fill(name);
      await session.run(`INSERT INTO ${LISTS}.seeds VALUES ('${name}')`);
    } catch (error) {
      if (!session.closed()) await drop(session, name);
      throw explained(source, error);
    }
    await removeOtherSeeds(server, kind, name);
    return name;
  } finally {
    if (!session.closed()) await session.run(`SELECT RELEASE_LOCK('${name}')`);
  }
}

/** Removes the seeds that a new one takes the place of, unless a session copies them. */
async function removeOtherSeeds({ session }: Server, kind: TemplateSeed["kind"], own: string): Promise<void> {
  const others = await session.run(
    `SELECT name FROM ${LISTS}.seeds WHERE name LIKE '${SEED}${kind}%' AND name <> '${own}'`,
  );
  for (const { name } of others) {
    // Whoever comes from now on does not find it, and waits for its lock or fills it again.
    const [lock] = await session.run(`SELECT GET_LOCK('${name}', 0) AS free`);
    if (lock?.free !== "1") continue;
    await session.run(`DELETE FROM ${LISTS}.seeds WHERE name = '${name}'`);
    if (await isUsed(session, String(name)))
      await session.run(`INSERT INTO ${LISTS}.seeds VALUES ('${name}')`);
    else await drop(session, String(name));
    await session.run(`SELECT RELEASE_LOCK('${name}')`);
  }
}

async function isUsed(session: MariaDbSession, name: string): Promise<boolean> {
  for (const { holder } of await session.run(`SELECT holder FROM ${LISTS}.users WHERE seed = '${name}'`)) {
    if (await isAlive(session, Number(holder))) return true;
    await session.run(`DELETE FROM ${LISTS}.users WHERE seed = '${name}' AND holder = ${holder}`);
  }
  return false;
}

function codeOf(error: unknown): number | undefined {
  return error instanceof MariaDbRefused ? error.code : undefined;
}

const NO_SPACE = [1021, 1114];

function explained(source: ForkSource, error: unknown): unknown {
  return NO_SPACE.includes(codeOf(error) ?? 0) ? noSpace(source, error) : error;
}
