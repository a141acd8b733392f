import type { CatalogService, Connection } from "../model/declaration/service.ts";
import { exec } from "../model/probe.ts";
import { type Text, text } from "../model/text.ts";
import type { CatalogEntry, OptionOf } from "./catalog-entry.ts";
import type { CatalogSettings } from "./catalog-settings.ts";
import { clientWithPassword, type Password, urlEncoded } from "./password.ts";

/** The connection of a MySQL or MariaDB client. */
export interface MySqlConnection extends Connection {
  readonly user: string;
  /** The user's password. A secret appears only by name. */
  readonly password: Text;
  readonly database: string;
  /** `mysql://user:password@host:port/database`. A secret must be URL-safe: see {@link Password}. */
  readonly url: Text;
}

/** Settings of {@link mysql} and MariaDB, and properties of a service, which take precedence. */
export interface MySqlSettings extends CatalogSettings<MySqlConnection> {
  /** The user of connections. Another than root gets all rights on the database. @default "root" */
  readonly user?: string;
  /** The database, which is created. @default "test" */
  readonly database?: string;
  /** The password of a user other than root. @default "mysql" */
  readonly password?: Password;
  /** The password of root. @default the user's */
  readonly rootPassword?: Password;
}

/** MySQL. Untested: no test runs its server. @default image `mysql:8.4` */
export function mysql(settings: MySqlSettings = {}): CatalogService<MySqlConnection> {
  return mySqlLike({ image: "mysql:8.4", client: "mysql", prefix: "MYSQL" }, settings);
}

const FILES = { root: "/run/secrets/root-password", user: "/run/secrets/user-password" };

/** What differs between MySQL and MariaDB. */
interface MySqlPrograms {
  readonly image: string;
  readonly client: string;
  /** The start of the names of the image's variables. */
  readonly prefix: string;
  /** The kind of server by which forks are made. @default none */
  readonly forks?: string;
}

/** MySQL, or a server with its protocol. */
export function mySqlLike(
  { image, client, prefix, forks }: MySqlPrograms,
  {
    user = "root",
    database = "test",
    password = "mysql",
    rootPassword = password,
    ...service
  }: MySqlSettings,
): CatalogService<MySqlConnection> {
  const isRoot = user === "root";
  const own = isRoot ? rootPassword : password;
  const words = (...more: readonly string[]) =>
    clientWithPassword("MYSQL_PWD", isRoot ? FILES.root : FILES.user, [
      client,
      "-u",
      user,
      ...more,
      database,
    ]);
  return {
    image,
    ports: [3306],
    // Over TCP, since the temporary server that initialises the data folder answers on the socket alone.
    probe: exec(words("-h", "127.0.0.1", "-e", "select 1"), { within: "120s", startEvery: "200ms" }),
    // It connects to nobody.
    certificates: false,
    client: words(),
    ...service,
    env: {
      [`${prefix}_ROOT_PASSWORD_FILE`]: FILES.root,
      [`${prefix}_DATABASE`]: database,
      ...(!isRoot && { [`${prefix}_USER`]: user, [`${prefix}_PASSWORD_FILE`]: FILES.user }),
      ...service.env,
    },
    files: {
      [FILES.root]: { content: rootPassword },
      ...(!isRoot && { [FILES.user]: { content: password } }),
      ...service.files,
    },
    ...(forks !== undefined && { forks }),
    connection: ({ host, port, database: name = database }) => {
      const credentials = text`${urlEncoded(user)}:${urlEncoded(own)}`;
      const url = text`mysql://${credentials}@${host}:${port}/${urlEncoded(name)}`;
      return {
        user,
        password: own,
        database: name,
        url,
        variables: {
          MYSQL_HOST: host,
          MYSQL_PORT: port,
          MYSQL_USER: user,
          MYSQL_PASSWORD: own,
          MYSQL_DATABASE: name,
          DATABASE_URL: url,
        },
      };
    },
  };
}

/** The options of both, in Markdown. */
export const MYSQL_OPTIONS = {
  user: '`"root"`',
  database: '`"test"`',
  password: '`"mysql"`',
  rootPassword: "the password",
};

/** A question over the network with the variables of the connection. */
export function mySqlCheck(client: string): string {
  const login = '-h "$MYSQL_HOST" -u "$MYSQL_USER" -p"$MYSQL_PASSWORD" "$MYSQL_DATABASE"';
  return `${client} ${login} -e 'select 6 * 7' | grep 42`;
}

export const MYSQL: CatalogEntry<"user" | OptionOf<MySqlSettings>> = {
  ...{ name: "mysql", from: "mysql", declare: mysql, key: "mysql" },
  options: MYSQL_OPTIONS,
  imageVariables: {
    MYSQL_USER: "user",
    MYSQL_PASSWORD: "password",
    MYSQL_DATABASE: "database",
    MYSQL_ROOT_PASSWORD: "rootPassword",
  },
  readyWhen: "it answers a query over TCP: not while it initialises",
  check: { image: mysql().image, script: mySqlCheck("mysql") },
  untested: true,
};
