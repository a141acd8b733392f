import type { CatalogService } from "../model/declaration/service.ts";
import { exec } from "../model/probe.ts";
import { type Text, text } from "../model/text.ts";
import type { CatalogEntry, OptionOf } from "./catalog-entry.ts";
import type { CatalogSettings } from "./catalog-settings.ts";
import { type Password, urlEncoded } from "./password.ts";
import type { UrlConnection } from "./url-connection.ts";

/** The connection of an AMQP client. */
export interface RabbitMqConnection extends UrlConnection {
  readonly user: string;
  /** The user's password. A secret appears only by name. */
  readonly password: Text;
}

/** Settings of {@link rabbitmq}, and properties of a service, which take precedence. */
export interface RabbitMqSettings extends CatalogSettings<RabbitMqConnection> {
  /** @default "guest" */
  readonly user?: string;
  /** @default "guest" */
  readonly password?: Password;
  /** The virtual host of connections, which is created. @default "/" */
  readonly virtualHost?: string;
}

/**
 * RabbitMQ. Its management API is on port 15672.
 * @default image `rabbitmq:4-management-alpine`
 */
export function rabbitmq({
  user = "guest",
  password = "guest",
  virtualHost = "/",
  ...service
}: RabbitMqSettings = {}): CatalogService<RabbitMqConnection> {
  const login = text`default_user = ${user}\ndefault_pass = ${password}\ndefault_vhost = ${virtualHost}\n`;
  return {
    image: "rabbitmq:4-management-alpine",
    ports: [5672, 15672],
    // Each starts an Erlang machine.
    probe: exec(["rabbitmq-diagnostics", "-q", "check_port_connectivity"], {
      ...{ within: "120s", startEvery: "500ms", timeout: "30s" },
    }),
    // It connects to nobody.
    certificates: false,
    client: ["rabbitmqctl", "status"],
    ...service,
    files: { "/etc/rabbitmq/conf.d/90-login.conf": { content: login }, ...service.files },
    connection: ({ host, port }) => {
      const path = encodeURIComponent(virtualHost);
      const url = text`amqp://${urlEncoded(user)}:${urlEncoded(password)}@${host}:${port}/${path}`;
      return {
        user,
        password,
        url,
        variables: {
          RABBITMQ_HOST: host,
          RABBITMQ_PORT: port,
          RABBITMQ_USER: user,
          RABBITMQ_PASSWORD: password,
          RABBITMQ_URL: url,
          AMQP_URL: url,
        },
      };
    },
  };
}

export const RABBITMQ: CatalogEntry<"user" | OptionOf<RabbitMqSettings>> = {
  ...{ name: "rabbitmq", from: "rabbitmq", declare: rabbitmq, key: "rabbitmq" },
  options: { user: '`"guest"`', password: '`"guest"`', virtualHost: '`"/"`' },
  imageVariables: {
    RABBITMQ_DEFAULT_USER: "user",
    RABBITMQ_DEFAULT_PASS: "password",
    RABBITMQ_DEFAULT_VHOST: "virtualHost",
  },
  readyWhen: "all its listeners accept connections",
  check: {
    image: rabbitmq().image,
    script:
      'wget -qO- "http://$RABBITMQ_USER:$RABBITMQ_PASSWORD@$RABBITMQ_HOST:15672/api/whoami" | ' +
      "grep administrator",
  },
};
