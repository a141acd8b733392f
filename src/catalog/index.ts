import type { CatalogEntry } from "./catalog-entry.ts";
import * as services from "./services.ts";

export type { AwsConnection } from "./aws-connection.ts";
export type { CatalogEntry } from "./catalog-entry.ts";
export type { Password } from "./password.ts";
export * from "./services.ts";
export type { UrlConnection } from "./url-connection.ts";

const ENTRIES: readonly CatalogEntry[] = Object.values(services).filter((one) => typeof one === "object");

/** Every service of the catalog, the default of `nestbox init` first, the others by name. */
export const CATALOG: readonly CatalogEntry[] = [
  services.REDIS,
  ...ENTRIES.filter((one) => one !== services.REDIS).sort((one, other) => (one.name < other.name ? -1 : 1)),
];
