import { redis } from "../../src/catalog/redis.ts";
import { sandbox } from "../../src/model/declaration/sandbox.ts";
import type { Plan } from "../../src/model/plan/plan.ts";
import { plan } from "../../src/model/plan/plan-sandbox.ts";

/** A sandbox that GitLab's `services:` express, but for the limits. */
const small = sandbox("small", {
  services: {
    cache: redis({
      alias: ["cache", "store"],
      env: { GREETING: "hello $HOME" },
      limits: { memory: "64MiB" },
    }),
  },
  jobs: {
    tests: {
      image: "redis:7-alpine",
      env: ({ cache }) => ({ CACHE: cache.host }),
      script: ['redis-cli -h "$CACHE" ping | grep PONG'],
    },
  },
});

/** Its plan. */
export const SMALL: Plan = plan(small);
