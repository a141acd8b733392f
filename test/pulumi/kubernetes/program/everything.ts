import { exec, sandbox, secret, text } from "nestbox";
import { redis } from "nestbox/catalog";

/** A sandbox with every kind of object. */
export default sandbox("everything", {
  networks: { front: {}, inside: { internal: true } },
  volumes: ["data"],
  services: {
    cache: redis({ networks: ["front"], password: secret("password"), volumes: { "/data": "data" } }),
    migration: { image: "alpine:3.19", networks: ["front"], command: ["true"], runsOnce: true },
    web: {
      image: "redis:7-alpine",
      networks: ["inside", "front"],
      alias: ["one", "two"],
      ports: [6379],
      tmpfs: { "/scratch": "1MiB" },
      limits: { memory: "64MiB", cpus: 0.5 },
      extraHosts: { "a.example.com": "192.0.2.7" },
      user: "0:0",
      entrypoint: ["docker-entrypoint.sh"],
      command: ["redis-server", "--save", "60", "1"],
      env: { A: "two words = $HOME", PASSWORD: text`a $(B) ${secret("password")}` },
      files: { "/etc/motd": { content: "welcome" }, "/etc/token": { content: secret("password") } },
      probe: exec(["redis-cli", "ping"], { every: "1h", timeout: "2500ms", retries: 7 }),
      after: { cache: "ready", migration: "completed" },
      stop: { signal: "SIGINT", grace: "2500ms" },
    },
  },
});
