import type { CatalogService } from "../model/declaration/service.ts";
import type { CatalogEntry, OptionOf } from "./catalog-entry.ts";
import { MYSQL_OPTIONS, type MySqlConnection, type MySqlSettings, mySqlCheck, mySqlLike } from "./mysql.ts";

/** MariaDB, a server with MySQL's protocol. @default image `mariadb:11.8` */
export function mariadb(settings: MySqlSettings = {}): CatalogService<MySqlConnection> {
  const programs = { image: "mariadb:11.8", client: "mariadb", prefix: "MARIADB", forks: "mariadb" };
  return mySqlLike(programs, settings);
}

export const MARIADB: CatalogEntry<"user" | OptionOf<MySqlSettings>> = {
  ...{ name: "mariadb", from: "mariadb", declare: mariadb, key: "mariadb" },
  options: MYSQL_OPTIONS,
  // The image takes the names of MySQL too.
  imageVariables: {
    MARIADB_USER: "user",
    MYSQL_USER: "user",
    MARIADB_PASSWORD: "password",
    MYSQL_PASSWORD: "password",
    MARIADB_DATABASE: "database",
    MYSQL_DATABASE: "database",
    MARIADB_ROOT_PASSWORD: "rootPassword",
    MYSQL_ROOT_PASSWORD: "rootPassword",
  },
  readyWhen: "it answers a query over TCP: not while it initialises",
  check: { image: mariadb().image, script: mySqlCheck("mariadb") },
};
