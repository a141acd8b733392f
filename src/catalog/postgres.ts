import type { CatalogService, Connection, ServiceDefinition } from "../model/declaration/service.ts";
import { exec } from "../model/probe.ts";
import { type Text, text } from "../model/text.ts";
import { inUrl, type Password } from "./password.ts";

/** What a client of Postgres needs. */
export interface PostgresConnection extends Connection {
  /** The name of the user that owns the database. */
  readonly user: string;
  /** The user's password; where it is a secret, by its name alone. */
  readonly password: Text;
  /** The name of the database. */
  readonly database: string;
  /**
   * `postgresql://user:password@host:port/database`. A secret in it must be URL-safe: see {@link Password}.
   */
  readonly url: Text;
}

/** A catalog service's own settings, and everything that a service may say. What is said wins. */
export interface PostgresSettings extends Partial<ServiceDefinition> {
  /** @default "postgres" */
  readonly user?: string;
  /** @default the user's name */
  readonly database?: string;
  /** @default "postgres" */
  readonly password?: Password;
}

const PASSWORD_FILE = "/run/secrets/postgres-password";

/** Postgres. @default image `postgres:17-alpine` */
export function postgres({
  user = "postgres",
  database = user,
  password = "postgres",
  ...service
}: PostgresSettings = {}): CatalogService<PostgresConnection> {
  return {
    image: "postgres:17-alpine",
    ports: [5432],
    // Over TCP: the server that initialises the data folder answers on the socket only, and would count as
    // ready too early.
    probe: exec(["pg_isready", "-q", "-h", "127.0.0.1", "-U", user, "-d", database], {
      // Initialising the data folder has taken 17 s on a busy machine.
      within: "60s",
    }),
    // A smart shutdown waits for clients; a fast one does not.
    stop: { signal: "SIGINT" },
    ...service,
    env: {
      POSTGRES_USER: user,
      POSTGRES_DB: database,
      POSTGRES_PASSWORD_FILE: PASSWORD_FILE,
      ...service.env,
    },
    files: { [PASSWORD_FILE]: { content: password }, ...service.files },
    connection: ({ host, port }) => {
      const url = text`postgresql://${inUrl(user)}:${inUrl(password)}@${host}:${port}/${inUrl(database)}`;
      return {
        user,
        password,
        database,
        url,
        variables: {
          PGHOST: host,
          PGPORT: port,
          PGUSER: user,
          PGPASSWORD: password,
          PGDATABASE: database,
          DATABASE_URL: url,
        },
      };
    },
  };
}
