import type { CatalogService } from "../model/declaration/service.ts";
import { exec } from "../model/probe.ts";
import type { Text } from "../model/text.ts";
import type { CatalogEntry, OptionOf } from "./catalog-entry.ts";
import type { CatalogSettings } from "./catalog-settings.ts";
import type { Password } from "./password.ts";
import type { UrlConnection } from "./url-connection.ts";

/** The connection of an InfluxDB client. */
export interface InfluxDbConnection extends UrlConnection {
  readonly organisation: string;
  readonly bucket: string;
  /** The administrator's token. A secret appears only by name. */
  readonly token: Text;
}

/** Settings of {@link influxdb}, and properties of a service, which take precedence. */
export interface InfluxDbSettings extends CatalogSettings<InfluxDbConnection> {
  /** @default "test" */
  readonly organisation?: string;
  /** @default "test" */
  readonly bucket?: string;
  /** The administrator's token. @default "influxdb" */
  readonly token?: Password;
}

/** InfluxDB 2. Untested: no test runs its server. @default image `influxdb:2.7-alpine` */
export function influxdb({
  organisation = "test",
  bucket = "test",
  token = "influxdb",
  ...service
}: InfluxDbSettings = {}): CatalogService<InfluxDbConnection> {
  return {
    image: "influxdb:2.7-alpine",
    ports: [8086],
    // The server that initialises the data folder has another port.
    probe: exec(["influx", "ping"], { within: "60s", startEvery: "100ms" }),
    // It connects to nobody.
    certificates: false,
    client: ["influx", "v1", "shell"],
    ...service,
    env: {
      DOCKER_INFLUXDB_INIT_MODE: "setup",
      DOCKER_INFLUXDB_INIT_USERNAME: "admin",
      // At least eight characters; clients use the token.
      DOCKER_INFLUXDB_INIT_PASSWORD: "administrator",
      DOCKER_INFLUXDB_INIT_ORG: organisation,
      DOCKER_INFLUXDB_INIT_BUCKET: bucket,
      DOCKER_INFLUXDB_INIT_ADMIN_TOKEN: token,
      ...service.env,
    },
    connection: ({ host, port }) => {
      const url = `http://${host}:${port}`;
      return {
        ...{ organisation, bucket, token, url },
        variables: {
          INFLUXDB_URL: url,
          INFLUX_HOST: url,
          INFLUX_ORG: organisation,
          INFLUX_BUCKET: bucket,
          INFLUX_TOKEN: token,
        },
      };
    },
  };
}

export const INFLUXDB: CatalogEntry<OptionOf<InfluxDbSettings>> = {
  ...{ name: "influxdb", from: "influxdb", declare: influxdb, key: "influxdb" },
  options: { organisation: '`"test"`', bucket: '`"test"`', token: '`"influxdb"`' },
  imageVariables: {
    DOCKER_INFLUXDB_INIT_ORG: "organisation",
    DOCKER_INFLUXDB_INIT_BUCKET: "bucket",
    DOCKER_INFLUXDB_INIT_ADMIN_TOKEN: "token",
  },
  readyWhen: "it answers a ping: not while it initialises",
  check: { image: influxdb().image, script: "influx write -b test 'check answer=42'" },
  untested: true,
};
