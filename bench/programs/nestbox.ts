import "../../src/pulumi/sdk-start-up.cjs";
import { redis } from "../../src/catalog/redis.ts";
import { sandbox } from "../../src/model/declaration/sandbox.ts";
import { bringUpSandboxes } from "../../src/pulumi/stack-sandboxes.ts";

const declared = Array.from({ length: Number(process.env.BENCH_SANDBOXES) }, (_, index) =>
  sandbox(`bench-${index}`, { services: { cache: redis({ alias: "cache" }) } }),
);

/** The program of a user of Nestbox: BENCH_SANDBOXES sandboxes, each with a Redis on its own network. */
export const sandboxes = await bringUpSandboxes(declared);
