import type { CatalogService } from "../model/declaration/service.ts";
import { exec } from "../model/probe.ts";
import { type Text, text } from "../model/text.ts";
import type { CatalogEntry, OptionOf } from "./catalog-entry.ts";
import type { CatalogSettings } from "./catalog-settings.ts";
import { type Password, urlEncoded } from "./password.ts";
import type { UrlConnection } from "./url-connection.ts";

/** The connection of a MongoDB client. */
export interface MongoDbConnection extends UrlConnection {
  readonly database: string;
}

/** Settings of {@link mongodb}, and properties of a service, which take precedence. */
export interface MongoDbSettings extends CatalogSettings<MongoDbConnection> {
  /** The database of connections. @default "test" */
  readonly database?: string;
  /** The administrator, who exists only with a password. @default "root" */
  readonly user?: string;
  /** The administrator's password. @default none: everybody may do everything */
  readonly password?: Password;
}

const PASSWORD_FILE = "/run/secrets/mongodb-password";

/**
 * MongoDB. Untested: no test runs its server.
 *
 * Variables: https://hub.docker.com/_/mongo
 * @default image `mongo:8.0`
 */
export function mongodb({
  database = "test",
  user = "root",
  password,
  ...service
}: MongoDbSettings = {}): CatalogService<MongoDbConnection> {
  return {
    image: "mongo:8.0",
    ports: [27017],
    // By the container's address, since the temporary server that creates the user listens on the loopback.
    probe: exec(
      `mongosh --quiet --host "$(hostname -i | cut -d ' ' -f 1)" ` +
        "--eval 'db.runCommand({ ping: 1 }).ok' | grep -q 1",
      // Each starts a Node process.
      { within: "120s", startEvery: "500ms", timeout: "15s" },
    ),
    // It connects to nobody.
    certificates: false,
    client:
      password === undefined
        ? ["mongosh", database]
        : ["mongosh", "--nodb", "--shell", "--eval", connectAs(user)],
    ...service,
    ...(password !== undefined && {
      env: {
        MONGO_INITDB_ROOT_USERNAME: user,
        MONGO_INITDB_ROOT_PASSWORD_FILE: PASSWORD_FILE,
        ...service.env,
      },
      files: { [PASSWORD_FILE]: { content: password }, ...service.files },
    }),
    connection: ({ host, port }) => {
      const credentials: Text = password ? text`${urlEncoded(user)}:${urlEncoded(password)}@` : "";
      const source = password ? "?authSource=admin" : "";
      const url = text`mongodb://${credentials}${host}:${port}/${database}${source}`;
      return { database, url, variables: { MONGODB_URI: url, MONGO_URL: url } };
    },
  };
}

/** The script of a client that reads the password itself, so that no command line has it. */
function connectAs(user: string): string {
  const password = `require("node:fs").readFileSync("${PASSWORD_FILE}", "utf8")`;
  return `db = connect("mongodb://127.0.0.1", ${JSON.stringify(user)}, ${password})`;
}

export const MONGODB: CatalogEntry<"user" | OptionOf<MongoDbSettings>> = {
  ...{ name: "mongodb", from: "mongodb", declare: mongodb, key: "mongodb" },
  options: { database: '`"test"`', user: '`"root"`', password: "none" },
  imageVariables: {
    MONGO_INITDB_DATABASE: "database",
    MONGO_INITDB_ROOT_USERNAME: "user",
    MONGO_INITDB_ROOT_PASSWORD: "password",
  },
  readyWhen: "it answers a ping: not while it initialises",
  check: {
    image: mongodb().image,
    script: `mongosh --quiet "$MONGODB_URI" --eval 'db.a.insertOne({}); db.a.countDocuments()' | grep 1`,
  },
  untested: true,
};
