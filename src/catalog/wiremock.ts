import type { CatalogService } from "../model/declaration/service.ts";
import { http } from "../model/probe.ts";
import type { CatalogEntry } from "./catalog-entry.ts";
import type { CatalogSettings } from "./catalog-settings.ts";
import type { UrlConnection } from "./url-connection.ts";

/**
 * WireMock. Its stubs are JSON files in `/home/wiremock/mappings`, or come by its API.
 *
 * @default image `wiremock/wiremock:3.13.1`
 */
export function wiremock(service: CatalogSettings<UrlConnection> = {}): CatalogService<UrlConnection> {
  return {
    image: "wiremock/wiremock:3.13.1",
    ports: [8080],
    probe: http(8080, "/__admin/health", { within: "60s" }),
    ...service,
    connection: ({ host, port }) => {
      const url = `http://${host}:${port}`;
      return { url, variables: { WIREMOCK_URL: url } };
    },
  };
}

export const WIREMOCK: CatalogEntry<never> = {
  ...{ name: "wiremock", from: "wiremock", declare: wiremock, key: "wiremock" },
  options: {},
  readyWhen: "its own API answers",
  check: {
    image: "alpine:3.19",
    script: 'wget -qO- "$WIREMOCK_URL/__admin/mappings"',
  },
};
