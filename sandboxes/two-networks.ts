import { sandbox } from "nestbox";
import { redis } from "nestbox/catalog";

/** Succeeds without a default route, the route to 0.0.0.0 in the kernel's table: `man 5 proc`. */
const NO_DEFAULT_ROUTE = `awk '$2 == "00000000" { out = 1 } END { exit out }' /proc/net/route`;

export default sandbox("two-networks", {
  description: "a cache on an internal network, behind a gateway",
  networks: { public: {}, private: { internal: true } },
  services: {
    cache: redis({ networks: ["private"] }),
    gateway: redis({ networks: ["public", "private"] }),
  },
  jobs: {
    inside: {
      image: "redis:7-alpine",
      networks: ["private"],
      env: ({ cache }) => ({ REDIS_HOST: cache.host }),
      script: ['redis-cli -h "$REDIS_HOST" PING | grep PONG', NO_DEFAULT_ROUTE],
    },
    outside: {
      image: "redis:7-alpine",
      networks: ["public"],
      env: ({ gateway }) => ({ GATEWAY_HOST: gateway.host }),
      script: [
        'redis-cli -h "$GATEWAY_HOST" PING | grep PONG',
        "if timeout 5 redis-cli -h cache PING; then echo 'The cache is reached from outside.'; exit 1; fi",
      ],
    },
  },
});
