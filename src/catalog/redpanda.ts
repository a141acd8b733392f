import type { CatalogService } from "../model/declaration/service.ts";
import { exec } from "../model/probe.ts";
import type { CatalogEntry } from "./catalog-entry.ts";
import type { CatalogSettings } from "./catalog-settings.ts";
import { brokerName, KAFKA, kafka } from "./kafka.ts";
import type { UrlConnection } from "./url-connection.ts";

/**
 * Redpanda, a server with Kafka's protocol. As with Kafka, only clients on its networks can use it. Untested:
 * no test runs its server.
 *
 * @default image `redpandadata/redpanda:v26.2.1`, alias `redpanda`
 */
export function redpanda(service: CatalogSettings<UrlConnection> = {}): CatalogService<UrlConnection> {
  return {
    image: "redpandadata/redpanda:v26.2.1",
    alias: "redpanda",
    ports: [9092, 9644],
    command: [
      ...["redpanda", "start", "--mode=dev-container", "--smp=1", "--kafka-addr=0.0.0.0:9092"],
      `--advertise-kafka-addr=${brokerName("redpanda", service)}:9092`,
    ],
    probe: exec("rpk cluster health | grep -Eq 'Healthy:.*true'", { within: "120s", startEvery: "200ms" }),
    // It connects to nobody.
    certificates: false,
    client: ["rpk", "cluster", "info"],
    ...service,
    connection: ({ host, port }) => {
      const url = `${host}:${port}`;
      return { url, variables: { KAFKA_BROKERS: url, KAFKA_BOOTSTRAP_SERVERS: url } };
    },
  };
}

export const REDPANDA: CatalogEntry<never> = {
  ...{ name: "redpanda", from: "redpanda", declare: redpanda, key: "redpanda" },
  options: {},
  readyWhen: "the cluster reports that it is healthy",
  check: {
    image: kafka().image,
    script: KAFKA.check.script,
  },
  untested: true,
};
