import type { ImageSource } from "../model/build-definition.ts";
import { problem } from "../model/check-values.ts";
import type { CatalogService, Connection, ServiceDefinition } from "../model/declaration/service.ts";
import { exec } from "../model/probe.ts";
import type { Problem } from "../model/problem.ts";
import { parseSize, type Size } from "../model/size.ts";
import { type Text, text } from "../model/text.ts";
import { aSize } from "../model/values.ts";
import type { CatalogEntry, OptionOf } from "./catalog-entry.ts";
import type { CatalogSettings } from "./catalog-settings.ts";
import { officialTag } from "./official-image.ts";
import { clientWithPassword, type Password, urlEncoded } from "./password.ts";

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
export interface PostgresSettings extends CatalogSettings<PostgresConnection> {
  /** @default "postgres" */
  readonly user?: string;
  /** @default the user's name */
  readonly database?: string;
  /** @default "postgres" */
  readonly password?: Password;
  /**
   * Whether the server must keep its data if its container ends. `"none"`: in a sandbox that is thrown away
   * after its use, by `start` or `nestbox run --fresh`, it does not wait for the disk and has its data in
   * memory, which counts as memory of the container. A sandbox that stays is always durable, and so is a
   * server with volumes, a folder in memory or `PGDATA` of its own, or with another program as `command`.
   * @default "none" for the official image, else "full"
   */
  readonly durability?: "full" | "none";
  /** The most data in memory, without durability. @default "1GiB", or half of `limits.memory` */
  readonly dataSize?: Size;
}

const PASSWORD_FILE = "/run/secrets/postgres-password";

const IMAGE = "postgres:17-alpine";

/**
 * Postgres. Its official images start as the user that runs the server.
 * @default image `postgres:17-alpine`
 */
export function postgres({
  user = "postgres",
  database = user,
  password = "postgres",
  durability,
  dataSize,
  ...service
}: PostgresSettings = {}): CatalogService<PostgresConnection> {
  const serverUser = serverUserOf(service.image ?? IMAGE);
  const isDurable = (durability ?? (serverUser === undefined ? "full" : "none")) === "full";
  return {
    image: IMAGE,
    ...(serverUser !== undefined && { user: serverUser }),
    ports: [5432],
    // Over TCP, since the temporary server that initialises the data folder answers on the socket.
    probe: exec(["pg_isready", "-q", "-h", "127.0.0.1", "-U", user, "-d", database], {
      // The data folder can take 17 s to initialise on a busy machine.
      within: "60s",
    }),
    // A smart shutdown waits for clients; a fast one does not.
    stop: { signal: "SIGINT" },
    // It connects to nobody.
    certificates: false,
    // Over the server's socket, the default.
    client: clientWithPassword("PGPASSWORD", PASSWORD_FILE, ["psql", "-U", user, "-d", database]),
    ...service,
    ...(serverUser !== undefined && isMounted(service) && { command: inOwnFolder(service.command) }),
    env: {
      POSTGRES_USER: user,
      POSTGRES_DB: database,
      POSTGRES_PASSWORD_FILE: PASSWORD_FILE,
      ...service.env,
    },
    files: { [PASSWORD_FILE]: { content: password }, ...service.files },
    forks: "postgres",
    ...(!isDurable && inMemory(service, dataSize)),
    optionProblems: optionProblems({ durability, dataSize }),
    connection: ({ host, port, database: name = database }) => {
      const credentials = text`${urlEncoded(user)}:${urlEncoded(password)}`;
      const url = text`postgresql://${credentials}@${host}:${port}/${urlEncoded(name)}`;
      return {
        user,
        password,
        database: name,
        url,
        variables: {
          PGHOST: host,
          PGPORT: port,
          PGUSER: user,
          PGPASSWORD: password,
          PGDATABASE: name,
          DATABASE_URL: url,
        },
      };
    },
  };
}

/**
 * The user `postgres` of the official images, which their entrypoint changes to when it starts as root:
 * https://github.com/docker-library/postgres
 */
function serverUserOf(image: ImageSource): string | undefined {
  const tag = officialTag("library/postgres", image);
  return tag && (tag.includes("alpine") ? "70" : "999");
}

/** Plain JavaScript is not checked by the compiler. */
function optionProblems({
  durability = "full",
  dataSize = "1GiB",
}: {
  readonly durability?: string | undefined;
  readonly dataSize?: string | undefined;
}): readonly Problem[] {
  return [
    ...problem(
      "durability",
      ["full", "none"].includes(durability)
        ? undefined
        : `is ${JSON.stringify(durability)}; use "full" or "none"`,
    ),
    ...aSize("dataSize", dataSize),
  ];
}

/** Neither the image's data folder nor one of a volume. Its parent may belong to root. */
const MEMORY = "/var/lib/postgresql-in-memory";

/** Without waiting for a disk. The log of changes has to fit into the memory beside the data. */
const WITHOUT_DURABILITY = {
  ...{ fsync: "off", full_page_writes: "off", synchronous_commit: "off", max_wal_size: "256MB" },
} as const;

/** The properties of a server whose data may be lost with its container. */
function inMemory(
  { command = ["postgres"], limits, ...service }: Partial<ServiceDefinition>,
  dataSize: Size | undefined,
): Pick<CatalogService, "whenDisposable"> {
  const [program = ""] = command;
  if (isMounted(service) || (program !== "postgres" && !program.startsWith("-"))) return {};
  const settings = Object.entries(WITHOUT_DURABILITY).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  return {
    whenDisposable: {
      command: [...command, ...settings],
      tmpfs: { [MEMORY]: isSize(dataSize) ? dataSize : defaultSize(limits?.memory) },
      env: { PGDATA: `${MEMORY}/data` },
    },
  };
}

function isSize(size: unknown): size is Size {
  return typeof size === "string" && parseSize(size) !== undefined;
}

/** Data in memory counts against the limit of the container. */
function defaultSize(limit: Size | undefined): Size {
  const most = isSize(limit) ? parseSize(limit) : undefined;
  if (most === undefined) return "1GiB";
  return `${Math.min(1024, Math.ceil(most / 2 / 2 ** 20))}MiB`;
}

/** Whether the data folder may be other than the image's. */
function isMounted({ volumes = {}, tmpfs = {}, env = {} }: Partial<ServiceDefinition>): boolean {
  return Object.keys({ ...volumes, ...tmpfs }).length > 0 || env.PGDATA !== undefined;
}

/**
 * Postgres takes only a data folder that it owns. A folder in memory, and a new volume of a cluster, belong
 * to root: the data is in a folder below then.
 */
function inOwnFolder(command: readonly string[] = ["postgres"]): readonly string[] {
  return ["sh", "-c", IN_OWN_FOLDER, "sh", ...command];
}

const IN_OWN_FOLDER =
  'if [ -e "$PGDATA" ] && [ ! -O "$PGDATA" ]; then export PGDATA="$PGDATA/pgdata"; fi; ' +
  'exec docker-entrypoint.sh "$@"';

const DURABILITY = {
  durability: '`"none"` in sandboxes that are thrown away',
  dataSize: '`"1GiB"`, or half of `limits.memory`',
};

export const POSTGRES: CatalogEntry<"user" | OptionOf<PostgresSettings>> = {
  ...{ name: "postgres", from: "postgres", declare: postgres, key: "postgres" },
  options: { user: '`"postgres"`', database: "the user's name", password: '`"postgres"`', ...DURABILITY },
  imageVariables: { POSTGRES_USER: "user", POSTGRES_DB: "database", POSTGRES_PASSWORD: "password" },
  readyWhen: "it accepts connections over TCP: not while it initialises",
  check: { image: postgres().image, script: "psql -tAc 'select 6 * 7' | grep 42" },
};
