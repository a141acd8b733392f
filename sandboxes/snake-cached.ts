import { sandbox } from "nestbox";
import { redis } from "nestbox/catalog";

export default sandbox("snake-cached", {
  description: "pytest with a Redis, and pip's downloads cached between runs",
  volumes: ["pip-downloads"],
  services: {
    cache: redis(),
  },
  jobs: {
    "integration-tests": {
      image: "python:3.10",
      files: "examples/snake",
      volumes: { "/var/cache/pip": "pip-downloads" },
      env: ({ cache }) => ({
        REDIS_HOST: cache.host,
        REDIS_PORT: cache.port,
        REDIS_DB: cache.database,
        PIP_CACHE_DIR: "/var/cache/pip",
      }),
      before: ["pip install -r requirements.txt"],
      script: ["pytest -q"],
    },
  },
});
