import type { CatalogService } from "../model/declaration/service.ts";
import { exec } from "../model/probe.ts";
import type { CatalogEntry } from "./catalog-entry.ts";
import type { CatalogSettings } from "./catalog-settings.ts";
import type { UrlConnection } from "./url-connection.ts";

/** Memcached. @default image `memcached:1.6-alpine` */
export function memcached(service: CatalogSettings<UrlConnection> = {}): CatalogService<UrlConnection> {
  return {
    image: "memcached:1.6-alpine",
    ports: [11211],
    probe: exec("printf 'version\\r\\nquit\\r\\n' | nc 127.0.0.1 11211 | grep -q VERSION", {
      fromOutside: { send: "version\r\nquit\r\n", expect: "VERSION" },
    }),
    // It connects to nobody.
    certificates: false,
    client: ["nc", "127.0.0.1", "11211"],
    ...service,
    connection: ({ host, port }) => {
      const url = `${host}:${port}`;
      const variables = { MEMCACHED_HOST: host, MEMCACHED_PORT: port, MEMCACHE_SERVERS: url };
      return { url, variables };
    },
  };
}

export const MEMCACHED: CatalogEntry<never> = {
  ...{ name: "memcached", from: "memcached", declare: memcached, key: "memcached" },
  options: {},
  readyWhen: "it answers with its version",
  check: {
    image: memcached().image,
    script:
      "printf 'set a 0 0 2\\r\\n42\\r\\nget a\\r\\nquit\\r\\n' | " +
      'nc "$MEMCACHED_HOST" "$MEMCACHED_PORT" | grep 42',
  },
};
