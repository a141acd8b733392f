import type { CatalogService } from "../model/declaration/service.ts";
import { exec } from "../model/probe.ts";
import type { CatalogEntry } from "./catalog-entry.ts";
import type { CatalogSettings } from "./catalog-settings.ts";
import type { UrlConnection } from "./url-connection.ts";

/**
 * etcd: one member without passwords.
 *
 * @default image `quay.io/coreos/etcd:v3.5.21`
 */
export function etcd(service: CatalogSettings<UrlConnection> = {}): CatalogService<UrlConnection> {
  return {
    image: "quay.io/coreos/etcd:v3.5.21",
    ports: [2379],
    probe: exec(["etcdctl", "endpoint", "health"], {
      fromOutside: { send: "GET /health HTTP/1.0\r\n\r\n", expect: "HTTP/1.0 200" },
    }),
    // It connects to nobody.
    certificates: false,
    client: ["etcdctl", "endpoint", "status"],
    ...service,
    env: {
      ETCD_LISTEN_CLIENT_URLS: "http://0.0.0.0:2379",
      ETCD_ADVERTISE_CLIENT_URLS: "http://0.0.0.0:2379",
      ...service.env,
    },
    connection: ({ host, port }) => {
      const url = `http://${host}:${port}`;
      return { url, variables: { ETCD_URL: url, ETCDCTL_ENDPOINTS: url } };
    },
  };
}

export const ETCD: CatalogEntry<never> = {
  ...{ name: "etcd", from: "etcd", declare: etcd, key: "etcd" },
  options: {},
  readyWhen: "it has a leader and commits a proposal",
  check: {
    image: "alpine:3.19",
    script: `wget -qO- --post-data '{"key": "YQ==", "value": "NDI="}' "$ETCD_URL/v3/kv/put" | grep revision`,
  },
};
