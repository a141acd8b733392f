import type { CatalogService } from "../model/declaration/service.ts";
import { exec } from "../model/probe.ts";
import type { CatalogEntry } from "./catalog-entry.ts";
import type { CatalogSettings } from "./catalog-settings.ts";
import type { UrlConnection } from "./url-connection.ts";

/**
 * Selenium with Chromium, for WebDriver. Untested: no test runs its server.
 *
 * @default image `selenium/standalone-chromium:4.34.0`
 */
export function selenium(service: CatalogSettings<UrlConnection> = {}): CatalogService<UrlConnection> {
  return {
    image: "selenium/standalone-chromium:4.34.0",
    ports: [4444],
    // Chromium needs more shared memory than the engine's default.
    shmSize: "2GiB",
    probe: exec("curl -fsS http://127.0.0.1:4444/status | grep -Eq '\"ready\": *true'", {
      ...{ within: "120s", startEvery: "200ms" },
    }),
    ...service,
    connection: ({ host, port }) => {
      const url = `http://${host}:${port}`;
      return { url, variables: { SELENIUM_REMOTE_URL: url } };
    },
  };
}

export const SELENIUM: CatalogEntry<never> = {
  ...{ name: "selenium", from: "selenium", declare: selenium, key: "selenium" },
  options: {},
  readyWhen: "it can open a browser",
  check: {
    image: "alpine:3.19",
    script: 'wget -qO- "$SELENIUM_REMOTE_URL/status" | grep true',
  },
  untested: true,
};
