import { sandbox, secret } from "nestbox";
import { redis } from "nestbox/catalog";

export default sandbox("secrets", {
  description: "a Redis with a secret password and a configuration file from the declaration",
  services: {
    cache: redis({
      password: secret("redis-password"),
      command: ["redis-server", "/etc/redis/limits.conf"],
      files: { "/etc/redis/limits.conf": { content: "maxmemory 64mb\nmaxmemory-policy allkeys-lru\n" } },
    }),
  },
  jobs: {
    "asks-with-password": {
      image: "redis:7-alpine",
      env: ({ cache }) => ({ REDIS_HOST: cache.host, REDISCLI_AUTH: cache.variables.REDIS_PASSWORD ?? "" }),
      script: [
        'redis-cli -h "$REDIS_HOST" PING | grep PONG',
        'redis-cli -h "$REDIS_HOST" CONFIG GET maxmemory | grep 67108864',
        'env -u REDISCLI_AUTH redis-cli -h "$REDIS_HOST" PING | grep NOAUTH',
      ],
    },
  },
});
