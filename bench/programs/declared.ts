import { redis } from "../../src/catalog/redis.ts";
import { sandbox } from "../../src/model/declaration/sandbox.ts";

/** BENCH_SANDBOXES sandboxes, each with a Redis on its own network. */
export const declared = Array.from({ length: Number(process.env.BENCH_SANDBOXES) }, (_, index) =>
  sandbox(`bench-${index}`, { services: { cache: redis({ alias: "cache" }) } }),
);
