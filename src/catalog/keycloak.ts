import type { CatalogService } from "../model/declaration/service.ts";
import { exec } from "../model/probe.ts";
import type { CatalogEntry } from "./catalog-entry.ts";
import type { CatalogSettings } from "./catalog-settings.ts";
import type { UrlConnection } from "./url-connection.ts";

const ASK_HEALTH =
  "exec 3<>/dev/tcp/127.0.0.1/9000; " +
  "printf 'GET /health/ready HTTP/1.0\\r\\n\\r\\n' >&3; grep -q '\"UP\"' <&3";

/**
 * Keycloak in development mode, whose administrator is admin with the password admin. Untested: no test runs
 * its server.
 *
 * @default image `quay.io/keycloak/keycloak:26.3`
 */
export function keycloak(service: CatalogSettings<UrlConnection> = {}): CatalogService<UrlConnection> {
  return {
    image: "quay.io/keycloak/keycloak:26.3",
    ports: [8080],
    command: ["start-dev"],
    // The image has neither curl nor wget.
    probe: exec(["bash", "-c", ASK_HEALTH], { within: "180s", startEvery: "500ms" }),
    ...service,
    env: {
      KC_HEALTH_ENABLED: "true",
      KC_BOOTSTRAP_ADMIN_USERNAME: "admin",
      KC_BOOTSTRAP_ADMIN_PASSWORD: "admin",
      ...service.env,
    },
    connection: ({ host, port }) => {
      const url = `http://${host}:${port}`;
      return { url, variables: { KEYCLOAK_URL: url } };
    },
  };
}

export const KEYCLOAK: CatalogEntry<never> = {
  ...{ name: "keycloak", from: "keycloak", declare: keycloak, key: "keycloak" },
  options: {},
  readyWhen: "its health endpoint reports UP",
  check: {
    image: "alpine:3.19",
    script: 'wget -qO- "$KEYCLOAK_URL/realms/master"',
  },
  untested: true,
};
