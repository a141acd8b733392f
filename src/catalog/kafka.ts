import type { CatalogService, ServiceDefinition } from "../model/declaration/service.ts";
import { exec } from "../model/probe.ts";
import type { CatalogEntry } from "./catalog-entry.ts";
import type { CatalogSettings } from "./catalog-settings.ts";
import type { UrlConnection } from "./url-connection.ts";

/** The folder of Kafka's programs. */
const PROGRAMS = "/opt/kafka/bin";

/**
 * Kafka: one broker, which is its own controller (KRaft). The broker names itself to clients by its first
 * alias, so only clients on its networks can use it: `publish` is of no use.
 *
 * Variables: https://hub.docker.com/r/apache/kafka
 * @default image `apache/kafka:4.0.0`, alias `kafka`
 */
export function kafka(service: CatalogSettings<UrlConnection> = {}): CatalogService<UrlConnection> {
  return {
    image: "apache/kafka:4.0.0",
    alias: "kafka",
    ports: [9092],
    // Each starts a Java machine.
    probe: exec([`${PROGRAMS}/kafka-topics.sh`, "--bootstrap-server", "localhost:9092", "--list"], {
      ...{ within: "180s", startEvery: "500ms", timeout: "60s" },
    }),
    // It connects to nobody.
    certificates: false,
    ...service,
    env: {
      KAFKA_NODE_ID: "1",
      KAFKA_PROCESS_ROLES: "broker,controller",
      KAFKA_LISTENERS: "PLAINTEXT://:9092,CONTROLLER://:9093",
      KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://${brokerName("kafka", service)}:9092`,
      KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
      KAFKA_CONTROLLER_LISTENER_NAMES: "CONTROLLER",
      KAFKA_CONTROLLER_QUORUM_VOTERS: "1@localhost:9093",
      KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: "1",
      KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: "1",
      KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: "1",
      KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR: "1",
      KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR: "1",
      KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: "0",
      ...service.env,
    },
    connection: ({ host, port }) => {
      const url = `${host}:${port}`;
      return { url, variables: { KAFKA_BROKERS: url, KAFKA_BOOTSTRAP_SERVERS: url } };
    },
  };
}

/** The name by which a broker sends clients to itself: the first alias. */
export function brokerName(usual: string, { alias = usual }: Partial<ServiceDefinition>): string {
  return (typeof alias === "string" ? alias : alias[0]) ?? usual;
}

export const KAFKA: CatalogEntry<never> = {
  ...{ name: "kafka", from: "kafka", declare: kafka, key: "kafka" },
  options: {},
  readyWhen: "it lists its topics",
  check: {
    image: kafka().image,
    script: `${PROGRAMS}/kafka-topics.sh --bootstrap-server "$KAFKA_BROKERS" --create --topic check`,
  },
};
