import type { CatalogService } from "../model/declaration/service.ts";
import { exec } from "../model/probe.ts";
import type { CatalogEntry, OptionOf } from "./catalog-entry.ts";
import type { CatalogSettings } from "./catalog-settings.ts";
import type { Password } from "./password.ts";
import type { UrlConnection } from "./url-connection.ts";

/** Settings of {@link vault}, and properties of a service, which take precedence. */
export interface VaultSettings extends CatalogSettings<UrlConnection> {
  /** The token of root. @default "root" */
  readonly token?: Password;
}

/**
 * Vault in development mode: unsealed, with its data in memory. Untested: no test runs its server.
 * @default image `hashicorp/vault:1.20`
 */
export function vault({ token = "root", ...service }: VaultSettings = {}): CatalogService<UrlConnection> {
  return {
    image: "hashicorp/vault:1.20",
    ports: [8200],
    // It fails while Vault is sealed.
    probe: exec(["vault", "status", "-address=http://127.0.0.1:8200"]),
    // It connects to nobody.
    certificates: false,
    ...service,
    env: {
      VAULT_DEV_ROOT_TOKEN_ID: token,
      VAULT_DEV_LISTEN_ADDRESS: "0.0.0.0:8200",
      // In development mode its memory may be swapped, so it needs no capability.
      SKIP_SETCAP: "true",
      ...service.env,
    },
    connection: ({ host, port }) => {
      const url = `http://${host}:${port}`;
      return { url, variables: { VAULT_ADDR: url, VAULT_TOKEN: token } };
    },
  };
}

export const VAULT: CatalogEntry<OptionOf<VaultSettings>> = {
  ...{ name: "vault", from: "vault", declare: vault, key: "vault" },
  options: { token: '`"root"`' },
  imageVariables: { VAULT_DEV_ROOT_TOKEN_ID: "token" },
  readyWhen: "it is unsealed",
  check: { image: vault().image, script: "vault kv put secret/check answer=42" },
  untested: true,
};
