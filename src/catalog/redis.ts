import type { CatalogService, Connection, ServiceDefinition } from "../model/declaration/service.ts";
import { exec } from "../model/probe.ts";
import { type Text, text } from "../model/text.ts";
import { type Password, urlEncoded } from "./password.ts";

/** The connection of a Redis or Valkey client. */
export interface RedisConnection extends Connection {
  readonly database: string;
  /** `redis://[:password@]host:port/database`. A secret must be URL-safe: see {@link Password}. */
  readonly url: Text;
}

/** Settings of {@link redis} and {@link valkey}, and properties of a service, which take precedence. */
export interface RedisSettings extends Partial<ServiceDefinition> {
  /** The database number of connections. @default 0 */
  readonly database?: number;
  /** The password of clients. @default none */
  readonly password?: Password;
}

/** Redis. @default image `redis:7-alpine` */
export function redis(settings: RedisSettings = {}): CatalogService<RedisConnection> {
  return redisLike(REDIS, settings);
}

/** Valkey, a server with Redis's protocol. @default image `valkey/valkey:8-alpine` */
export function valkey(settings: RedisSettings = {}): CatalogService<RedisConnection> {
  return redisLike(VALKEY, settings);
}

const REDIS = { image: "redis:7-alpine", server: "redis-server", client: "redis-cli" };
const VALKEY = { image: "valkey/valkey:8-alpine", server: "valkey-server", client: "valkey-cli" };

const PASSWORD_FILE = "/run/secrets/password";

function redisLike(
  { image, server, client }: typeof REDIS,
  { database = 0, password, ...service }: RedisSettings,
): CatalogService<RedisConnection> {
  return {
    image,
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
    ...service,
    ...(password && {
      command: ["sh", "-c", START_WITH_PASSWORD, "sh", ...(service.command ?? [server])],
      files: { [PASSWORD_FILE]: { content: password }, ...service.files },
    }),
    connection: ({ host, port }) => {
      const credentials: Text = password ? text`:${urlEncoded(password)}@` : "";
      const url = text`redis://${credentials}${host}:${port}/${database}`;
      return {
        database: String(database),
        url,
        variables: {
          REDIS_HOST: host,
          REDIS_PORT: port,
          REDIS_DB: String(database),
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
