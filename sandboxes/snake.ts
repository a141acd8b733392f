import { sandbox } from "nestbox";
import { redis } from "nestbox/catalog";

export default sandbox("snake", {
  description: "pytest with a Redis",
  perBranch: true,
  services: {
    cache: redis({ image: "redis:7-alpine", alias: "some-random-cache" }),
  },
  jobs: {
    "integration-tests": {
      image: "python:3.10",
      files: "examples/snake",
      env: ({ cache }) => ({ REDIS_HOST: cache.host, REDIS_PORT: cache.port, REDIS_DB: cache.database }),
      before: ["pip install -r requirements.txt"],
      script: ["pytest -q"],
    },
  },
});
