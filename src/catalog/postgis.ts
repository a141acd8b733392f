import type { CatalogService } from "../model/declaration/service.ts";
import type { CatalogEntry } from "./catalog-entry.ts";
import { POSTGRES, type PostgresConnection, type PostgresSettings, postgres } from "./postgres.ts";

const IMAGE = "postgis/postgis:17-3.5-alpine";

/**
 * Postgres with PostGIS, whose extension `postgis` is in the database.
 * @default image `postgis/postgis:17-3.5-alpine`
 */
export function postgis(settings: PostgresSettings = {}): CatalogService<PostgresConnection> {
  return postgres({ image: IMAGE, ...settings });
}

export const POSTGIS: CatalogEntry<keyof typeof POSTGRES.options> = {
  ...POSTGRES,
  ...{ name: "postgis", from: "postgis", declare: postgis, key: "postgis" },
  check: {
    image: IMAGE,
    script: `psql -tAc "select st_distance('POINT(0 0)', 'POINT(0 42)')" | grep 42`,
  },
};
