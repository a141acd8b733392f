import type { CatalogService } from "../model/declaration/service.ts";
import { exec } from "../model/probe.ts";
import type { Text } from "../model/text.ts";
import type { CatalogEntry, OptionOf } from "./catalog-entry.ts";
import type { CatalogSettings } from "./catalog-settings.ts";
import type { Password } from "./password.ts";
import type { UrlConnection } from "./url-connection.ts";

/** The connection of a client of ActiveMQ. */
export interface ActiveMqConnection extends UrlConnection {
  readonly user: string;
  /** The user's password. A secret appears only by name. */
  readonly password: Text;
}

/** Settings of {@link activemq}, and properties of a service, which take precedence. */
export interface ActiveMqSettings extends CatalogSettings<ActiveMqConnection> {
  /** @default "admin" */
  readonly user?: string;
  /** @default "admin" */
  readonly password?: Password;
}

/** The console is the last to start. */
const GREETING_AND_CONSOLE =
  "exec 3<>/dev/tcp/127.0.0.1/8161 4<>/dev/tcp/127.0.0.1/61616 && head -c 40 <&4 | grep -aq ActiveMQ";

/**
 * ActiveMQ Classic: OpenWire on port 61616, STOMP on 61613, AMQP on 5672, the console on 8161.
 * @default image `apache/activemq-classic:5.18.3`
 */
export function activemq({
  user = "admin",
  password = "admin",
  ...service
}: ActiveMqSettings = {}): CatalogService<ActiveMqConnection> {
  return {
    image: "apache/activemq-classic:5.18.3",
    ports: [61616, 61613, 5672, 8161],
    probe: exec(["bash", "-c", GREETING_AND_CONSOLE], {
      ...{ within: "120s", startEvery: "200ms" },
    }),
    // It connects to nobody.
    certificates: false,
    ...service,
    env: { ACTIVEMQ_CONNECTION_USER: user, ACTIVEMQ_CONNECTION_PASSWORD: password, ...service.env },
    connection: ({ host, port }) => {
      const url = `tcp://${host}:${port}`;
      return {
        user,
        password,
        url,
        variables: { ACTIVEMQ_URL: url, ACTIVEMQ_USER: user, ACTIVEMQ_PASSWORD: password },
      };
    },
  };
}

export const ACTIVEMQ: CatalogEntry<"user" | OptionOf<ActiveMqSettings>> = {
  ...{ name: "activemq", from: "activemq", declare: activemq, key: "activemq" },
  options: { user: '`"admin"`', password: '`"admin"`' },
  imageVariables: { ACTIVEMQ_CONNECTION_USER: "user", ACTIVEMQ_CONNECTION_PASSWORD: "password" },
  readyWhen: "it greets clients, and its console listens",
  check: {
    image: activemq().image,
    script:
      '/opt/apache-activemq/bin/activemq producer --brokerUrl "$ACTIVEMQ_URL" --user "$ACTIVEMQ_USER" ' +
      '--password "$ACTIVEMQ_PASSWORD" --messageCount 1',
  },
};
