import { exec, sandbox } from "nestbox";
import { postgres, redis } from "nestbox/catalog";

const ASK_API = "import urllib.request; print(urllib.request.urlopen('http://HOST:8000/').read().decode())";

export default sandbox("shop", {
  description: "a database, a cache and an API, started for each job by profile",
  services: {
    database: postgres({ profiles: ["database", "api"] }),
    cache: redis({ profiles: ["cache", "api"] }),
    api: {
      image: "python:3.10",
      profiles: ["api"],
      ports: [8000],
      files: { "/srv/api.py": { path: "examples/shop/api.py" } },
      command: ["python", "/srv/api.py"],
      env: ({ database, cache }) => ({ ...cache.variables, PGHOST: database.host, PGPORT: database.port }),
      after: { database: "ready", cache: "ready" },
      probe: exec(["python", "-c", ASK_API.replace("HOST", "127.0.0.1")], { startEvery: "250ms" }),
    },
  },
  jobs: {
    "database-tests": {
      image: "postgres:17-alpine",
      profiles: ["database"],
      env: ({ database }) => database.variables,
      script: ["psql -tAc 'select 6 * 7' | grep 42"],
    },
    "cache-tests": {
      image: "redis:7-alpine",
      profiles: ["cache"],
      env: ({ cache }) => ({ REDIS_HOST: cache.host }),
      script: ['redis-cli -h "$REDIS_HOST" SET answer 42', 'redis-cli -h "$REDIS_HOST" GET answer | grep 42'],
    },
    "api-tests": {
      image: "python:3.10",
      profiles: ["api"],
      env: ({ api }) => ({ API_HOST: api.host }),
      script: [
        `python -c "${ASK_API.replace("'http://HOST", "'http://'+__import__('os').environ['API_HOST']+'")}"` +
          " | grep 'cache and database work'",
      ],
    },
  },
});
