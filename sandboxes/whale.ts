import { sandbox } from "nestbox";
import { dind, redis } from "nestbox/catalog";

export default sandbox("whale", {
  description: "a container in Docker-in-Docker that reaches Redis by its alias",
  services: {
    cache: redis({ image: "redis:7-alpine", alias: "some-random-cache" }),
    // Without TLS: the port is reachable only on the sandbox's network.
    docker: dind({ alias: "my-docker-service", tls: false }),
  },
  jobs: {
    "redis-ping": {
      image: "docker:25.0.0-cli",
      env: ({ docker, cache }) => ({ ...docker.variables, REDIS_HOST: cache.host }),
      script: ['docker run --rm --network=host redis:7-alpine redis-cli -h "$REDIS_HOST" PING'],
    },
  },
});
