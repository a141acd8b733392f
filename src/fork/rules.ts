import type { ForkRule } from "./rule.ts";

/** How each kind of server is forked. A new one is a file and a line here. */
export const FORK_RULES: Readonly<Record<string, () => Promise<ForkRule>>> = {
  mariadb: async () => (await import("./mariadb/mariadb-rule.ts")).MARIADB_RULE,
  postgres: async () => (await import("./postgres/postgres-rule.ts")).POSTGRES_RULE,
  redis: async () => (await import("./redis/redis-rule.ts")).REDIS_RULE,
};
