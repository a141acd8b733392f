import type { CatalogService } from "../model/declaration/service.ts";
import { exec } from "../model/probe.ts";
import type { CatalogEntry } from "./catalog-entry.ts";
import type { CatalogSettings } from "./catalog-settings.ts";
import type { UrlConnection } from "./url-connection.ts";

/**
 * OpenSearch: one node without passwords, with half a gibibyte of heap. Untested: no test runs its server.
 *
 * @default image `opensearchproject/opensearch:3.7.0`
 */
export function opensearch(service: CatalogSettings<UrlConnection> = {}): CatalogService<UrlConnection> {
  return {
    image: "opensearchproject/opensearch:3.7.0",
    ports: [9200],
    probe: exec("curl -fsS 'http://127.0.0.1:9200/_cluster/health?wait_for_status=yellow&timeout=1s'", {
      within: "180s",
      startEvery: "500ms",
    }),
    // It connects to nobody.
    certificates: false,
    ...service,
    env: {
      "discovery.type": "single-node",
      DISABLE_SECURITY_PLUGIN: "true",
      DISABLE_INSTALL_DEMO_CONFIG: "true",
      OPENSEARCH_JAVA_OPTS: "-Xms512m -Xmx512m",
      ...service.env,
    },
    connection: ({ host, port }) => {
      const url = `http://${host}:${port}`;
      return { url, variables: { OPENSEARCH_URL: url } };
    },
  };
}

export const OPENSEARCH: CatalogEntry<never> = {
  ...{ name: "opensearch", from: "opensearch", declare: opensearch, key: "opensearch" },
  options: {},
  readyWhen: "the cluster has all its primary shards",
  check: {
    image: "alpine:3.19",
    script:
      `wget -qO- --header 'Content-Type: application/json' --post-data '{"answer": 42}' ` +
      '"$OPENSEARCH_URL/check/_doc?refresh" | grep created',
  },
  untested: true,
};
