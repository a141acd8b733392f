import type { CatalogService, Connection, ServiceDefinition } from "../model/declaration/service.ts";
import { exec } from "../model/probe.ts";
import { type Text, text } from "../model/text.ts";
import { type Password, urlEncoded } from "./password.ts";

/** The connection of a Postgres client. */
export interface PostgresConnection extends Connection {
  /** The owner of the database. */
  readonly user: string;
  /** The user's password. A secret appears only by name. */
  readonly password: Text;
  /** The name of the database. */
  readonly database: string;
  /** `postgresql://user:password@host:port/database`. A secret must be URL-safe: see {@link Password}. */
  readonly url: Text;
}

/** Settings of {@link postgres}, and properties of a service, which take precedence. */
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
    // Over TCP, since the temporary server that initialises the data folder answers on the socket.
    probe: exec(["pg_isready", "-q", "-h", "127.0.0.1", "-U", user, "-d", database], {
      // The data folder can take 17 s to initialise on a busy machine.
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
      const credentials = text`${urlEncoded(user)}:${urlEncoded(password)}`;
      const url = text`postgresql://${credentials}@${host}:${port}/${urlEncoded(database)}`;
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
