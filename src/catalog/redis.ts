import type { CatalogService, Connection, ServiceDefinition } from "../model/declaration/service.ts";
import { exec } from "../model/probe.ts";
import { type Text, text } from "../model/text.ts";
import { inUrl, type Password } from "./password.ts";

/** What a client of Redis or Valkey needs. */
export interface RedisConnection extends Connection {
  readonly database: string;
  /** `redis://[:password@]host:port/database`. A secret in it must be URL-safe: see {@link Password}. */
  readonly url: Text;
}

/** A catalog service's own settings, and everything that a service may say. What is said wins. */
export interface RedisSettings extends Partial<ServiceDefinition> {
  /** The number of the database that references name. @default 0 */
  readonly database?: number;
  /** What clients must give as a password. @default none, on a network of its own */
  readonly password?: Password;
}

/** Redis. @default image `redis:7-alpine` */
export function redis(settings: RedisSettings = {}): CatalogService<RedisConnection> {
  return redisLike({ image: "redis:7-alpine", server: "redis-server", client: "redis-cli" }, settings);
}

/** Valkey, which speaks Redis's protocol. @default image `valkey/valkey:8-alpine` */
export function valkey(settings: RedisSettings = {}): CatalogService<RedisConnection> {
  return redisLike(
    { image: "valkey/valkey:8-alpine", server: "valkey-server", client: "valkey-cli" },
    settings,
  );
}

const PASSWORD_FILE = "/run/secrets/password";

function redisLike(
  { image, server, client }: { readonly image: string; readonly server: string; readonly client: string },
  { database = 0, password, ...service }: RedisSettings,
): CatalogService<RedisConnection> {
  return {
    image,
    ports: [6379],
    // A bare ping exits with 0 on NOAUTH and while the data set loads: only the answer tells.
    probe: exec(
      password
        ? `REDISCLI_AUTH="$(cat ${PASSWORD_FILE})" ${client} ping | grep -q PONG`
        : `${client} ping | grep -q PONG`,
      {
        // The server answers some 25 ms after its start: half the usual pause gains half of what a person
        // would wait for it.
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
      const credentials: Text = password ? text`:${inUrl(password)}@` : "";
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
 * The server reads its password from standard input, so that it is in no argument list; quotes and
 * backslashes in it are escaped. The dash that says so must follow the program: at the end, Valkey would take
 * it for the last option's value. A configuration file, which would have that place, is included instead.
 */
const START_WITH_PASSWORD = [
  "server=$1; shift",
  'if [ -f "${1-}" ]; then settings="include \\"$1\\"',
  '"; shift; fi',
  'exec docker-entrypoint.sh "$server" - "$@" <<END',
  `\${settings-}requirepass "$(sed 's/[\\\\"]/\\\\&/g' ${PASSWORD_FILE})"`,
  "END",
].join("\n");
