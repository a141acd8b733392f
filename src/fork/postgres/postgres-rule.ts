import { ConfigurationError } from "../../model/problem.ts";
import type { ForkSource } from "../fork.ts";
import { HOLDER, newForkName, ownerOfFork, textNumber } from "../fork-owner.ts";
import { noSpace } from "../no-space.ts";
import { preparedSession } from "../prepared-session.ts";
import type { ForkConnection, ForkRule, TemplateSeed } from "../rule.ts";
import { codeOf, openSession, type PostgresSession } from "./postgres-session.ts";
import { copyDatabase, dropDatabase, timeAfter } from "./statements.ts";

/**
 * Postgres: each fork is a database that is copied from a template, file by file. A session holds advisory
 * locks for the forks of its process and for the templates that it copies: what nobody holds can be removed.
 */
export const POSTGRES_RULE: ForkRule = {
  loadWords: (name) => ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", name],
  connect: async (source) =>
    preparedSession(await openSession(source), async (session) => {
      const [server] = await session.run(
        "SELECT current_setting('server_version_num')::int AS version, " +
          `pg_advisory_lock_shared(${LOCKS.holder}, ${HOLDER})`,
      );
      return forksOf({ source, session, version: Number(server?.version) });
    }),
};

/** The first keys of the advisory locks: of a process with forks, of a template in use, and of its seed. */
const LOCKS = { holder: 1_850_001, template: 1_850_002, seeding: 1_850_003 };

const FORK = "nestbox_fork_";
const TEMPLATE = "nestbox_seed_";

interface Server {
  readonly source: ForkSource;
  readonly session: PostgresSession;
  /** 170012 of 17.12. */
  readonly version: number;
}

function forksOf(server: Server): ForkConnection {
  const { session, source, version } = server;
  return {
    template: (seed, fill) => provideTemplate(server, seed, fill),
    async create(template, until) {
      const name = newForkName(FORK, await ownerFor(session, until));
      const from = template ?? String(source.values.database);
      await session.run(copyDatabase(name, from, version)).catch((error: unknown) => {
        throw explained(source, template, error);
      });
      return name;
    },
    drop: (name) => drop(server, name),
    removeAbandoned: () => removeAbandoned(server),
    closed: session.closed,
    close: session.close,
  };
}

async function ownerFor(session: PostgresSession, until: number | undefined) {
  if (until === undefined) return { kind: "holder", holder: HOLDER } as const;
  const [time] = await session.run(timeAfter(until));
  return { kind: "until", until: Number(time?.until) } as const;
}

async function provideTemplate(
  server: Server,
  { kind, hash }: TemplateSeed,
  fill: (name: string) => Promise<void>,
): Promise<string> {
  const { session, source } = server;
  const name = `${TEMPLATE}${kind}_${hash}`;
  const exists = async () =>
    (await session.run(`SELECT 1 FROM pg_database WHERE datname = '${name}'`)).length > 0;
  await session.run(`SELECT pg_advisory_lock_shared(${LOCKS.template}, ${textNumber(name)})`);
  if (await exists()) return name;
  const seeding = `${LOCKS.seeding}, ${textNumber(name)}`;
  await session.run(`SELECT pg_advisory_lock(${seeding})`);
  try {
    if (await exists()) return name;
    const unfinished = `${name}_new`;
    // Of a process that was killed.
    await drop(server, unfinished);
    try {
      await session.run(`CREATE DATABASE ${unfinished}`);
      await fill(unfinished);
      await session.run(`ALTER DATABASE ${unfinished} WITH ALLOW_CONNECTIONS false`);
      await endClients(session, unfinished);
      await session.run(`ALTER DATABASE ${unfinished} RENAME TO ${name}`);
    } catch (error) {
      if (!session.closed()) await drop(server, unfinished);
      throw explained(source, name, error);
    }
    await removeOtherTemplates(server, kind, name);
    return name;
  } finally {
    if (!session.closed()) await session.run(`SELECT pg_advisory_unlock(${seeding})`);
  }
}

/** Removes the templates that a new one takes the place of, unless a process copies them. */
async function removeOtherTemplates(server: Server, kind: TemplateSeed["kind"], name: string): Promise<void> {
  const names = await databasesWith(server, `${TEMPLATE}${kind}_`);
  for (const other of names.filter((one) => one !== name && !one.endsWith("_new")))
    await whileFree(server, `${LOCKS.template}, ${textNumber(other)}`, () => drop(server, other));
}

/** Drops the forks of processes that have ended, and those whose time is over. */
async function removeAbandoned(server: Server): Promise<void> {
  const [time] = await server.session.run("SELECT extract(epoch FROM now())::bigint AS now");
  for (const name of await databasesWith(server, FORK)) {
    const owner = ownerOfFork(FORK, name);
    if (owner?.kind === "until" && owner.until < Number(time?.now)) await drop(server, name);
    // The own lock does not keep this session from it.
    if (owner?.kind === "holder" && owner.holder !== HOLDER)
      await whileFree(server, `${LOCKS.holder}, ${owner.holder}`, () => drop(server, name));
  }
}

async function whileFree({ session }: Server, lock: string, work: () => Promise<void>): Promise<void> {
  const [answer] = await session.run(`SELECT pg_try_advisory_lock(${lock}) AS free`);
  if (answer?.free !== true && answer?.free !== "t") return;
  try {
    await work();
  } finally {
    await session.run(`SELECT pg_advisory_unlock(${lock})`);
  }
}

async function databasesWith({ session }: Server, prefix: string): Promise<readonly string[]> {
  const rows = await session.run(
    `SELECT datname AS name FROM pg_database WHERE starts_with(datname::text, '${prefix}')`,
  );
  return rows.map(({ name }) => String(name));
}

/** Drops a database, also while clients are connected. */
async function drop({ session, version }: Server, name: string): Promise<void> {
  if (version < 130_000) await endClients(session, name);
  await session.run(dropDatabase(name, version));
}

async function endClients(session: PostgresSession, name: string): Promise<void> {
  await session.run(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`);
}

const IN_USE = "55006";
const DISK_FULL = "53100";

function explained(source: ForkSource, template: string | undefined, error: unknown): unknown {
  const code = codeOf(error);
  if (code === IN_USE && template === undefined)
    return new ConfigurationError(
      `${source.service}: clients are connected to its database, so it cannot be copied; ` +
        `give it a seed, from which forks start instead, or end the clients`,
      { cause: error },
    );
  return code === DISK_FULL ? noSpace(source, error) : error;
}
