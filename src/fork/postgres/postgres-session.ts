import type { Socket } from "node:net";
import type { Sql } from "postgres";
import { connectedSocket } from "../connected-socket.ts";
import { ConnectionEnded } from "../connection-ended.ts";
import type { ForkSource } from "../fork.ts";

/** The database of each server to which the sessions connect, so that none is connected to what is copied. */
const SESSIONS = "nestbox_forks";

/** One connection to a server. Statements run in their order. */
export interface PostgresSession {
  /** Runs a statement. @throws an error with the `code` of Postgres */
  run(statement: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  readonly closed: () => boolean;
  close(): void;
}

/**
 * Connects as the owner of a service's database. The connection keeps the process alive only while a
 * statement runs.
 */
export async function openSession({ values }: ForkSource): Promise<PostgresSession> {
  const { default: postgres } = await import("postgres");
  const sessionIn = (database: string) => newSession(postgres, values, database);
  const session = sessionIn(SESSIONS);
  try {
    await session.run("SET client_min_messages = error");
    return session;
  } catch (error) {
    session.close();
    if (codeOf(error) !== UNKNOWN_DATABASE) throw error;
  }
  const first = sessionIn(String(values.database));
  try {
    await first.run(`CREATE DATABASE ${SESSIONS} TEMPLATE template0`).catch((error: unknown) => {
      // Another process has just made it, or is about to.
      if (codeOf(error) !== DUPLICATE_DATABASE && codeOf(error) !== DUPLICATE_ROW) throw error;
    });
  } finally {
    first.close();
  }
  const second = sessionIn(SESSIONS);
  await second.run("SET client_min_messages = error");
  return second;
}

export const UNKNOWN_DATABASE = "3D000";
const DUPLICATE_DATABASE = "42P04";
const DUPLICATE_ROW = "23505";

/** The code of an error of Postgres: https://www.postgresql.org/docs/current/errcodes-appendix.html */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}

function newSession(
  postgres: (options: object) => Sql,
  { host, port, user, password }: ForkSource["values"],
  database: string,
): PostgresSession {
  let socket: Socket | undefined;
  let hasEnded = false;
  let running = 0;
  const sql = postgres({
    ...{ user, password, database, max: 1, prepare: false, fetch_types: false },
    // A connection that is renewed has lost its locks.
    ...{ max_lifetime: null, idle_timeout: 0, onnotice: () => {} },
    connection: { application_name: "nestbox" },
    socket: async () => {
      if (hasEnded) throw new ConnectionEnded(`${host}:${port}`);
      socket = await connectedSocket(String(host), Number(port));
      socket.once("close", () => {
        hasEnded = true;
      });
      return socket;
    },
  });
  return {
    async run(statement) {
      running += 1;
      socket?.ref();
      try {
        return await sql.unsafe(statement).simple();
      } finally {
        running -= 1;
        if (running === 0) socket?.unref();
      }
    },
    closed: () => hasEnded,
    close() {
      hasEnded = true;
      socket?.destroy();
    },
  };
}
