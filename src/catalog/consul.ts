import type { CatalogService } from "../model/declaration/service.ts";
import { exec } from "../model/probe.ts";
import type { CatalogEntry } from "./catalog-entry.ts";
import type { CatalogSettings } from "./catalog-settings.ts";
import type { UrlConnection } from "./url-connection.ts";

/**
 * Consul: one agent in development mode, with its data in memory. Untested: no test runs its server.
 *
 * @default image `hashicorp/consul:1.21`
 */
export function consul(service: CatalogSettings<UrlConnection> = {}): CatalogService<UrlConnection> {
  return {
    image: "hashicorp/consul:1.21",
    ports: [8500],
    // Without a leader it answers "".
    probe: exec("wget -qO- http://127.0.0.1:8500/v1/status/leader | grep -q :8300"),
    // It connects to nobody.
    certificates: false,
    client: ["consul", "monitor"],
    ...service,
    connection: ({ host, port }) => {
      const url = `http://${host}:${port}`;
      return { url, variables: { CONSUL_HTTP_ADDR: url } };
    },
  };
}

export const CONSUL: CatalogEntry<never> = {
  ...{ name: "consul", from: "consul", declare: consul, key: "consul" },
  options: {},
  readyWhen: "it has a leader",
  check: {
    image: consul().image,
    script: "consul kv put check 42 && consul kv get check",
  },
  untested: true,
};
