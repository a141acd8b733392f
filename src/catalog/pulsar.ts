import type { CatalogService } from "../model/declaration/service.ts";
import { http } from "../model/probe.ts";
import type { CatalogEntry } from "./catalog-entry.ts";
import type { CatalogSettings } from "./catalog-settings.ts";
import type { UrlConnection } from "./url-connection.ts";

/**
 * Pulsar: one broker with its own storage. Untested: no test runs its server.
 *
 * @default image `apachepulsar/pulsar:4.0.5`
 */
export function pulsar(service: CatalogSettings<UrlConnection> = {}): CatalogService<UrlConnection> {
  return {
    image: "apachepulsar/pulsar:4.0.5",
    ports: [6650, 8080],
    command: ["bin/pulsar", "standalone"],
    probe: http(8080, "/admin/v2/brokers/health", { within: "180s", startEvery: "500ms" }),
    // It connects to nobody.
    certificates: false,
    ...service,
    connection: ({ host, port }) => {
      const url = `pulsar://${host}:${port}`;
      return { url, variables: { PULSAR_URL: url, PULSAR_SERVICE_URL: url } };
    },
  };
}

export const PULSAR: CatalogEntry<never> = {
  ...{ name: "pulsar", from: "pulsar", declare: pulsar, key: "pulsar" },
  options: {},
  readyWhen: "a message to itself arrives",
  check: {
    image: pulsar().image,
    script: '/pulsar/bin/pulsar-client --url "$PULSAR_URL" produce check --messages 42',
  },
  untested: true,
};
