import type { CatalogService } from "../model/declaration/service.ts";
import { http } from "../model/probe.ts";
import type { CatalogEntry } from "./catalog-entry.ts";
import type { CatalogSettings } from "./catalog-settings.ts";
import type { UrlConnection } from "./url-connection.ts";

/**
 * nginx with its own page. `files` replace `/usr/share/nginx/html/index.html` or add to
 * `/etc/nginx/conf.d/`.
 *
 * @default image `nginx:1.28-alpine`
 */
export function nginx(service: CatalogSettings<UrlConnection> = {}): CatalogService<UrlConnection> {
  return {
    image: "nginx:1.28-alpine",
    ports: [80],
    probe: http(80, "/"),
    ...service,
    connection: ({ host, port }) => {
      const url = `http://${host}:${port}`;
      return { url, variables: { NGINX_URL: url } };
    },
  };
}

export const NGINX: CatalogEntry<never> = {
  ...{ name: "nginx", from: "nginx", declare: nginx, key: "nginx" },
  options: {},
  readyWhen: "it serves its first page",
  check: {
    image: "alpine:3.19",
    script: 'wget -qO- "$NGINX_URL" | grep nginx',
  },
  // What it serves depends on files of the project: a proxy may have no first page.
  isImported: false,
};
