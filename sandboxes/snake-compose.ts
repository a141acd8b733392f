import { sandbox } from "nestbox";
import { redis } from "nestbox/catalog";

export default sandbox("snake-compose", {
  description: "pytest with a Redis, in GitLab CI by a compose file",
  services: {
    cache: redis(),
  },
  jobs: {
    "integration-tests": {
      image: "python:3.10",
      files: "examples/snake",
      env: ({ cache }) => ({ REDIS_HOST: cache.host, REDIS_PORT: cache.port, REDIS_DB: cache.database }),
      before: ["pip install -r requirements.txt"],
      script: ["pytest -q"],
      gitlab: { strategy: "compose" },
    },
  },
});
