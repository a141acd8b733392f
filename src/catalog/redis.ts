import type { CatalogService, Connection } from "../model/declaration/service.ts";
import { exec } from "../model/probe.ts";
import { type Text, text } from "../model/text.ts";
import type { CatalogEntry, OptionOf } from "./catalog-entry.ts";
import type { CatalogSettings } from "./catalog-settings.ts";
import { officialTag } from "./official-image.ts";
import { clientWithPassword, type Password, urlEncoded } from "./password.ts";

/** The connection of a Redis or Valkey client. */
export interface RedisConnection extends Connection {
  readonly database: string;
  /** `redis://[:password@]host:port/database`. A secret must be URL-safe: see {@link Password}. */
  readonly url: Text;
}

/** Settings of {@link redis} and {@link valkey}, and properties of a service, which take precedence. */
export interface RedisSettings extends CatalogSettings<RedisConnection> {
  /** The database number of connections. @default 0 */
  readonly database?: number;
  /** The password of clients. @default none */
  readonly password?: Password;
}

/** Redis. @default image `redis:7-alpine` */
export function redis(settings: RedisSettings = {}): CatalogService<RedisConnection> {
  return redisLike(REDIS_PROGRAMS, settings);
}

/** Valkey, a server with Redis's protocol. @default image `valkey/valkey:8-alpine` */
export function valkey(settings: RedisSettings = {}): CatalogService<RedisConnection> {
  return redisLike(VALKEY_PROGRAMS, settings);
}

const REDIS_PROGRAMS = {
  ...{ image: "redis:7-alpine", name: "library/redis" },
  ...{ server: "redis-server", client: "redis-cli" },
};
const VALKEY_PROGRAMS = {
  ...{ image: "valkey/valkey:8-alpine", name: "valkey/valkey" },
  ...{ server: "valkey-server", client: "valkey-cli" },
};

/**
 * The user that the entrypoints of both images change to when they start as root:
 * https://github.com/redis/docker-library-redis, https://github.com/valkey-io/valkey-container
 */
const USER = "999";

/** Without writing to the disk, and with as many databases as forks may need. */
const DISPOSABLE = ["--save", "", "--appendonly", "no", "--databases", "1024"];

const PASSWORD_FILE = "/run/secrets/password";

function redisLike(
  { image, name, server, client }: typeof REDIS_PROGRAMS,
  { database = 0, password, ...service }: RedisSettings,
): CatalogService<RedisConnection> {
  const isOfficial = officialTag(name, service.image ?? image) !== undefined;
  const commandOf = (declared: readonly string[] | undefined) =>
    password ? ["sh", "-c", START_WITH_PASSWORD, "sh", ...(declared ?? [server])] : declared;
  const command = commandOf(service.command);
  const words = [client, ...(database === 0 ? [] : ["-n", String(database)])];
  return {
    image,
    ...(isOfficial && { user: USER }),
    ports: [6379],
    // ping also exits with 0 on NOAUTH and while the data set loads, so the probe checks the answer.
    probe: exec(
      password
        ? `REDISCLI_AUTH="$(cat ${PASSWORD_FILE})" ${client} ping | grep -q PONG`
        : `${client} ping | grep -q PONG`,
      {
        // The server is ready after about 25 ms, so that the default pause would double the start time.
        startEvery: "10ms",
        // QUIT makes the server end the connection.
        ...(!password && { fromOutside: { send: "PING\r\nQUIT\r\n", expect: "+PONG" } }),
      },
    ),
    // It connects to nobody.
    certificates: false,
    client: password ? clientWithPassword("REDISCLI_AUTH", PASSWORD_FILE, words) : words,
    ...service,
    ...(command !== undefined && { command }),
    ...(isOfficial &&
      service.command === undefined &&
      service.volumes === undefined && {
        whenDisposable: { command: commandOf([server, ...DISPOSABLE]) ?? [] },
      }),
    ...(password && {
      files: { [PASSWORD_FILE]: { content: password }, ...service.files },
    }),
    forks: "redis",
    connection: ({ host, port, database: number = String(database) }) => {
      const credentials: Text = password ? text`:${urlEncoded(password)}@` : "";
      const url = text`redis://${credentials}${host}:${port}/${number}`;
      return {
        database: number,
        url,
        variables: {
          REDIS_HOST: host,
          REDIS_PORT: port,
          REDIS_DB: number,
          ...(password && { REDIS_PASSWORD: password }),
          REDIS_URL: url,
        },
      };
    },
  };
}

/**
 * The server reads the escaped password from standard input, which keeps it out of argument lists. The dash
 * for standard input must be the first argument, since Valkey takes a last one for an option's value. It
 * replaces a configuration file as first argument, which the input includes instead.
 */
const START_WITH_PASSWORD = [
  "server=$1; shift",
  'if [ -f "${1-}" ]; then settings="include \\"$1\\"',
  '"; shift; fi',
  'exec docker-entrypoint.sh "$server" - "$@" <<END',
  `\${settings-}requirepass "$(sed 's/[\\\\"]/\\\\&/g' ${PASSWORD_FILE})"`,
  "END",
].join("\n");

const ENTRY = {
  options: { database: "`0`", password: "none" },
  readyWhen: "it answers PONG: not while it loads, not with NOAUTH",
} satisfies Partial<CatalogEntry<OptionOf<RedisSettings>>>;

export const REDIS: CatalogEntry<OptionOf<RedisSettings>> = {
  ...{ ...ENTRY, name: "redis", from: "redis", declare: redis, key: "redis" },
  check: { image: redis().image, script: 'redis-cli -h "$REDIS_HOST" ping | grep PONG' },
};

export const VALKEY: CatalogEntry<OptionOf<RedisSettings>> = {
  ...{ ...ENTRY, name: "valkey", from: "valkey", declare: valkey, key: "valkey" },
  check: { image: valkey().image, script: 'valkey-cli -h "$REDIS_HOST" ping | grep PONG' },
};
