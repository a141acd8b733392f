import type { CatalogService } from "../model/declaration/service.ts";
import type { CatalogEntry } from "./catalog-entry.ts";
import { POSTGRES, type PostgresConnection, type PostgresSettings, postgres } from "./postgres.ts";

const IMAGE = "pgvector/pgvector:pg17";

/**
 * Postgres with pgvector, whose extension `vector` is in the database.
 * @default image `pgvector/pgvector:pg17`
 */
export function pgvector(settings: PostgresSettings = {}): CatalogService<PostgresConnection> {
  return postgres({
    image: IMAGE,
    ...settings,
    files: {
      "/docker-entrypoint-initdb.d/10-vector.sql": { content: "CREATE EXTENSION IF NOT EXISTS vector;\n" },
      ...settings.files,
    },
  });
}

export const PGVECTOR: CatalogEntry<keyof typeof POSTGRES.options> = {
  ...POSTGRES,
  ...{ name: "pgvector", from: "pgvector", declare: pgvector, key: "pgvector" },
  check: {
    image: IMAGE,
    script: `psql -tAc "select '[42]'::vector" | grep 42`,
  },
};
