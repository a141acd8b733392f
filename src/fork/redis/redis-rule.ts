import { setTimeout as pause } from "node:timers/promises";
import { ConfigurationError } from "../../model/problem.ts";
import { CannotFork } from "../cannot-fork.ts";
import type { ForkSource } from "../fork.ts";
import { HOLDER } from "../fork-owner.ts";
import { preparedSession } from "../prepared-session.ts";
import type { ForkConnection, ForkRule, TemplateSeed } from "../rule.ts";
import { openRedisSession, type RedisSession } from "./redis-session.ts";

/**
 * Redis and Valkey: each fork is a database number. The last number has the list of those that are given out.
 * A process is there as long as a client with its name is connected.
 */
export const REDIS_RULE: ForkRule = {
  loadWords: (name) => ["-e", "-n", name],
  connect: async (source) => {
    const { host, port, url } = source.values;
    return preparedSession(await openRedisSession(String(host), Number(port)), async (session) => {
      const { password } = new URL(String(url));
      if (password !== "") await session.run("AUTH", decodeURIComponent(password));
      await requireCopies(session, source.service);
      // It would empty the forks of others, and the list of them.
      await session.run("ACL", "SETUSER", "default", "-flushall");
      await session.run("CLIENT", "SETNAME", `${CLIENT}${HOLDER}`);
      const databases = await session.run("CONFIG", "GET", "databases");
      const count = Number(Array.isArray(databases) ? databases[1] : 16);
      await session.run("SELECT", count - 1);
      return redisForks({ source, session, list: count - 1 });
    });
  },
};

/** @throws CannotFork for a server before version 6.2 */
async function requireCopies(session: RedisSession, service: string): Promise<void> {
  const known = await session.run("COMMAND", "INFO", "COPY");
  if (Array.isArray(known) && known[0] !== null) return;
  throw new CannotFork(
    `${service}: its server has no COPY, which forks need; use an image of Redis 6.2 or newer, or of Valkey`,
  );
}

const CLIENT = "nestbox-";
const NUMBER = "nestbox:number:";
const SEED = "nestbox:seed:";

interface Server {
  readonly source: ForkSource;
  readonly session: RedisSession;
  /** The database number that has the list of the others. */
  readonly list: number;
}

function redisForks(server: Server): ForkConnection {
  const { session, source } = server;
  return {
    template: (seed, fill) => provideSeed(server, seed, fill),
    async create(template, until) {
      const number = await takeNumber(server, `p${HOLDER}`, until);
      await session.run("EVAL", COPY, 0, template ?? String(source.values.database), number, server.list);
      return String(number);
    },
    drop: (name) => dropNumber(server, name),
    removeAbandoned: () => removeUnowned(server),
    closed: session.closed,
    close: session.close,
  };
}

/** All keys of one number into another one. */
const COPY = `
redis.call('SELECT', ARGV[1])
for _, key in ipairs(redis.call('KEYS', '*')) do redis.call('COPY', key, key, 'DB', ARGV[2]) end
redis.call('SELECT', ARGV[3])`;

/** Takes a number that nobody has, and empties it: it may have been of a fork whose time was over. */
async function takeNumber(server: Server, owner: string, until?: number): Promise<number> {
  const number = await reservedNumber(server, owner, until);
  await emptyNumber(server, String(number));
  return number;
}

/** @param until milliseconds from now. @default until it is dropped */
async function reservedNumber(server: Server, owner: string, until: number | undefined): Promise<number> {
  return (
    (await freeNumber(server, owner, until)) ??
    (await removeUnowned(server).then(() => freeNumber(server, owner, until))) ??
    Promise.reject(
      new ConfigurationError(
        `${server.source.service}: all its ${server.list + 1} databases are in use; drop forks, or set ` +
          'its command to have more, such as ["redis-server", "--databases", "1024"]',
      ),
    )
  );
}

async function freeNumber(
  { session, source, list }: Server,
  owner: string,
  until: number | undefined,
): Promise<number | undefined> {
  const end = until === undefined ? [] : ["PX", Math.ceil(until)];
  for (let tried = 0; tried < list; tried += 1) {
    const number = Number(await session.run("INCR", "nestbox:next")) % list;
    if (number === Number(source.values.database)) continue;
    const taken = await session.run("SET", `${NUMBER}${number}`, owner, "NX", ...end);
    if (taken === "OK") return number;
  }
  return undefined;
}

/** Empties a number and gives it back. */
async function dropNumber(server: Server, number: string): Promise<void> {
  await emptyNumber(server, number);
  await server.session.run("DEL", `${NUMBER}${number}`);
}

/** Empties a number and ends its clients, which would write into the next fork with this number. */
async function emptyNumber({ session, list }: Server, number: string): Promise<void> {
  const clients = String(await session.run("CLIENT", "LIST")).split("\n");
  for (const client of clients) {
    const [, id] = new RegExp(`^id=(\\d+) .* db=${number} `).exec(client) ?? [];
    if (id !== undefined) await session.run("CLIENT", "KILL", "ID", id);
  }
  const script = "redis.call('SELECT', ARGV[1]) redis.call('FLUSHDB') redis.call('SELECT', ARGV[2])";
  await session.run("EVAL", script, 0, number, list);
}

/** Gives back the numbers of processes that have ended. Those with an end are given back by the server. */
async function removeUnowned(server: Server): Promise<void> {
  const { session } = server;
  // Before the clients: a process has its name before it has a number.
  const owners = await valuesOf(session, NUMBER);
  const clients = await liveHolders(session);
  for (const [key, owner] of owners) {
    const holder = owner.startsWith("p") ? owner.slice(1) : undefined;
    const lasts = Number(await session.run("PTTL", key)) >= 0;
    if (holder !== undefined && !lasts && !clients.has(holder))
      await dropNumber(server, key.slice(NUMBER.length));
  }
}

async function valuesOf(
  session: RedisSession,
  prefix: string,
): Promise<readonly (readonly [string, string])[]> {
  const keys = await session.run("KEYS", `${prefix}*`);
  const found: (readonly [string, string])[] = [];
  for (const key of Array.isArray(keys) ? keys.map(String) : []) {
    const value = await session.run("GET", key);
    if (value !== null) found.push([key, String(value)]);
  }
  return found;
}

/** The processes that are connected. */
async function liveHolders(session: RedisSession): Promise<ReadonlySet<string>> {
  const clients = String(await session.run("CLIENT", "LIST"));
  return new Set([...clients.matchAll(/ name=nestbox-(\d+) /g)].map(([, holder = ""]) => holder));
}

/** How long a process waits before it looks again whether another one has filled a seed, in milliseconds. */
const INTERVAL = 50;

async function provideSeed(
  server: Server,
  { kind, hash }: TemplateSeed,
  fill: (name: string) => Promise<void>,
): Promise<string> {
  const { session } = server;
  const key = `${SEED}${kind}:${hash}`;
  const filling = `nestbox:filling:${kind}:${hash}`;
  await session.run("SADD", `nestbox:users:${kind}:${hash}`, HOLDER);
  for (;;) {
    const number = await session.run("GET", key);
    if (typeof number === "string") return number;
    if ((await session.run("SET", filling, HOLDER, "NX")) === "OK") break;
    await endAbandonedFilling(session, filling);
    await pause(INTERVAL);
  }
  try {
    const filled = await session.run("GET", key);
    if (typeof filled === "string") return filled;
    const number = await takeNumber(server, `p${HOLDER}`);
    try {
      await fill(String(number));
      // From now on it belongs to the seed, and no longer to this process.
      const script = "redis.call('SET', KEYS[1], ARGV[1]) redis.call('SET', KEYS[2], 'seed')";
      await session.run("EVAL", script, 2, key, `${NUMBER}${number}`, number);
    } catch (error) {
      if (!session.closed()) await dropNumber(server, String(number));
      throw error;
    }
    await removeOtherSeeds(server, kind, key);
    return String(number);
  } finally {
    if (!session.closed()) await session.run("DEL", filling);
  }
}

/** Takes the turn from a process that has ended while it filled a seed. */
async function endAbandonedFilling(session: RedisSession, filling: string): Promise<void> {
  const holder = await session.run("GET", filling);
  if (holder === null || (await liveHolders(session)).has(String(holder))) return;
  const script = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end";
  await session.run("EVAL", script, 1, filling, String(holder));
}

/** Removes the seeds that a new one takes the place of, unless a process copies them. */
async function removeOtherSeeds(server: Server, kind: TemplateSeed["kind"], own: string): Promise<void> {
  const { session } = server;
  const clients = await liveHolders(session);
  for (const [key, number] of await valuesOf(session, `${SEED}${kind}:`)) {
    if (key === own) continue;
    const userList = key.replace(SEED, "nestbox:users:");
    const users = await session.run("SMEMBERS", userList);
    if (Array.isArray(users) && users.some((user) => clients.has(String(user)))) continue;
    await session.run("DEL", key, userList);
    await dropNumber(server, number);
  }
}
