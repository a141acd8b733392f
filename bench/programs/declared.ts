import { redis } from "../../src/catalog/redis.ts";
import { sandbox } from "../../src/model/sandbox.ts";

/** As many sandboxes, each a Redis on a network of its own, as BENCH_SANDBOXES says. */
export const declared = Array.from({ length: Number(process.env.BENCH_SANDBOXES) }, (_, index) =>
  sandbox(`bench-${index}`, { services: { cache: redis({ alias: "cache" }) } }),
);
