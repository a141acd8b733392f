import type { CatalogService } from "../model/declaration/service.ts";
import { http } from "../model/probe.ts";
import { type Text, text } from "../model/text.ts";
import type { CatalogEntry, OptionOf } from "./catalog-entry.ts";
import type { CatalogSettings } from "./catalog-settings.ts";
import { type Password, urlEncoded } from "./password.ts";
import type { UrlConnection } from "./url-connection.ts";

/** Settings of {@link nats}, and properties of a service, which take precedence. */
export interface NatsSettings extends CatalogSettings<UrlConnection> {
  /** The user of connections, who exists only with a password. @default "nats" */
  readonly user?: string;
  /** @default none */
  readonly password?: Password;
  /** Whether JetStream keeps messages. @default true */
  readonly jetStream?: boolean;
}

const SETTINGS_FILE = "/etc/nats/nestbox.conf";

/** NATS with JetStream. Its monitoring is on port 8222. @default image `nats:2.11-alpine` */
export function nats({
  user = "nats",
  password,
  jetStream = true,
  ...service
}: NatsSettings = {}): CatalogService<UrlConnection> {
  const login: Text = password ? text`authorization { user: "${user}", password: "${password}" }\n` : "";
  return {
    image: "nats:2.11-alpine",
    ports: [4222, 8222],
    command: ["nats-server", "--config", SETTINGS_FILE],
    // With JetStream it answers only once streams are restored.
    probe: http(8222, "/healthz"),
    // It connects to nobody.
    certificates: false,
    ...service,
    files: {
      [SETTINGS_FILE]: {
        content: text`port: 4222\nhttp_port: 8222\n${jetStream ? "jetstream: enabled\n" : ""}${login}`,
      },
      ...service.files,
    },
    connection: ({ host, port }) => {
      const credentials: Text = password ? text`${urlEncoded(user)}:${urlEncoded(password)}@` : "";
      const url = text`nats://${credentials}${host}:${port}`;
      return { url, variables: { NATS_HOST: host, NATS_PORT: port, NATS_URL: url } };
    },
  };
}

export const NATS: CatalogEntry<"user" | OptionOf<NatsSettings>> = {
  ...{ name: "nats", from: "nats", declare: nats, key: "nats" },
  options: { user: '`"nats"`', password: "none", jetStream: "`true`" },
  readyWhen: "its monitoring reports that it is healthy",
  check: {
    image: nats().image,
    script:
      "(printf 'SUB a 1\\r\\nPUB a 2\\r\\n42\\r\\n'; sleep 1) | " + 'nc "$NATS_HOST" "$NATS_PORT" | grep ^42',
  },
};
