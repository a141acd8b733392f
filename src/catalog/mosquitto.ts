import type { CatalogService } from "../model/declaration/service.ts";
import { exec } from "../model/probe.ts";
import type { CatalogEntry } from "./catalog-entry.ts";
import type { CatalogSettings } from "./catalog-settings.ts";
import type { UrlConnection } from "./url-connection.ts";

/**
 * Mosquitto, which everybody may use. `files` with `/mosquitto/config/mosquitto.conf` replace its settings.
 *
 * @default image `eclipse-mosquitto:2.0.22`
 */
export function mosquitto(service: CatalogSettings<UrlConnection> = {}): CatalogService<UrlConnection> {
  return {
    image: "eclipse-mosquitto:2.0.22",
    ports: [1883],
    probe: exec(["mosquitto_sub", "-t", "$SYS/broker/version", "-C", "1", "-W", "3"]),
    // It connects to nobody.
    certificates: false,
    client: ["mosquitto_sub", "-v", "-t", "#"],
    ...service,
    files: {
      // Without a listener, version 2 is for clients in its own container alone.
      "/mosquitto/config/mosquitto.conf": { content: "listener 1883\nallow_anonymous true\n" },
      ...service.files,
    },
    connection: ({ host, port }) => {
      const url = `mqtt://${host}:${port}`;
      return { url, variables: { MQTT_HOST: host, MQTT_PORT: port, MQTT_URL: url } };
    },
  };
}

export const MOSQUITTO: CatalogEntry<never> = {
  ...{ name: "mosquitto", from: "mosquitto", declare: mosquitto, key: "mosquitto" },
  options: {},
  readyWhen: "a subscriber gets a message",
  check: {
    image: mosquitto().image,
    script:
      'mosquitto_pub -h "$MQTT_HOST" -t check -m 42 -r && ' +
      'mosquitto_sub -h "$MQTT_HOST" -t check -C 1 -W 9 | grep 42',
  },
};
