import type { CatalogService } from "../model/declaration/service.ts";
import { http } from "../model/probe.ts";
import type { Text } from "../model/text.ts";
import type { CatalogEntry, OptionOf } from "./catalog-entry.ts";
import type { CatalogSettings } from "./catalog-settings.ts";
import type { Password } from "./password.ts";
import type { UrlConnection } from "./url-connection.ts";

/** The connection of a ClickHouse client. */
export interface ClickHouseConnection extends UrlConnection {
  readonly user: string;
  /** The user's password. A secret appears only by name. */
  readonly password: Text;
}

/** Settings of {@link clickhouse}, and properties of a service, which take precedence. */
export interface ClickHouseSettings extends CatalogSettings<ClickHouseConnection> {
  /** @default "default" */
  readonly user?: string;
  /** @default "clickhouse" */
  readonly password?: Password;
}

/**
 * ClickHouse: HTTP on port 8123, its own protocol on 9000. Untested: no test runs its server.
 * @default image `clickhouse/clickhouse-server:25.8-alpine`
 */
export function clickhouse({
  user = "default",
  password = "clickhouse",
  ...service
}: ClickHouseSettings = {}): CatalogService<ClickHouseConnection> {
  return {
    image: "clickhouse/clickhouse-server:25.8-alpine",
    ports: [8123, 9000],
    probe: http(8123, "/ping", { within: "60s" }),
    // It connects to nobody.
    certificates: false,
    // It reads user and password from the container's environment.
    client: ["clickhouse-client"],
    ulimits: { nofile: 262144 },
    ...service,
    env: { CLICKHOUSE_USER: user, CLICKHOUSE_PASSWORD: password, ...service.env },
    connection: ({ host, port }) => {
      const url = `http://${host}:${port}`;
      return {
        user,
        password,
        url,
        variables: { CLICKHOUSE_URL: url, CLICKHOUSE_USER: user, CLICKHOUSE_PASSWORD: password },
      };
    },
  };
}

export const CLICKHOUSE: CatalogEntry<"user" | OptionOf<ClickHouseSettings>> = {
  ...{ name: "clickhouse", from: "clickhouse", declare: clickhouse, key: "clickhouse" },
  options: { user: '`"default"`', password: '`"clickhouse"`' },
  imageVariables: { CLICKHOUSE_USER: "user", CLICKHOUSE_PASSWORD: "password" },
  readyWhen: "it answers a ping by HTTP",
  check: {
    image: "alpine:3.19",
    script:
      'wget -qO- "$CLICKHOUSE_URL/?user=$CLICKHOUSE_USER&password=$CLICKHOUSE_PASSWORD&query=SELECT+6*7" | ' +
      "grep 42",
  },
  untested: true,
};
