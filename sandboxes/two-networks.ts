import { sandbox } from "nestbox";
import { redis } from "nestbox/catalog";

/** Sends a packet to a public server. A route out may exist where no packet takes it. */
const NO_WAY_OUT =
  "if nc -w 3 1.1.1.1 53 </dev/null; then echo 'A public server is reached from inside.'; exit 1; fi";

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
      script: ['redis-cli -h "$REDIS_HOST" PING | grep PONG', NO_WAY_OUT],
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
