import { exec, log, sandbox } from "nestbox";
import { dind, postgres, redis, registryMirror, valkey } from "nestbox/catalog";

/** Services of the catalog, and a service with all other properties. */
export default sandbox("catalog", {
  networks: { front: {}, inside: { internal: true } },
  volumes: ["data"],
  services: {
    docker: dind({ networks: ["front"] }),
    valkey: valkey({ networks: ["front"] }),
    redis: redis({ networks: ["front"], publish: true }),
    "redis-with-password": redis({ networks: ["front"], password: { secret: "password" } }),
    postgres: postgres({ networks: ["front"], volumes: { "/var/lib/postgresql/data": "data" } }),
    "dind-without-tls": dind({ networks: ["front"], alias: "plain-docker", tls: false }),
    // It requests its upstream once at start.
    upstream: { image: "registry:3", networks: ["front"], ports: [5000] },
    "registry-mirror": registryMirror({
      networks: ["front"],
      upstream: "http://upstream:5000",
      after: { upstream: "ready" },
    }),
    everything: {
      image: "redis:7-alpine",
      networks: ["inside", "front"],
      alias: ["one", "two"],
      tmpfs: { "/scratch": "1.5MiB" },
      limits: { memory: "64MiB", cpus: 0.5 },
      extraHosts: { "a.example.com": "192.0.2.7" },
      user: "0:0",
      entrypoint: ["docker-entrypoint.sh"],
      command: ["redis-server", "--save", "60", "1"],
      env: { A: "two words = $HOME", EMPTY: "" },
      ports: [6379],
      files: { "/etc/motd": { content: "welcome" } },
      probe: exec(["redis-cli", "ping"], { within: "1.5m", every: "1h", timeout: "2500ms", retries: 7 }),
      shares: ["/shared"],
      after: { migration: "completed" },
      stop: { signal: "SIGINT", grace: "2500ms" },
      shmSize: "70MiB",
      capAdd: ["SYS_NICE", "IPC_LOCK"],
      capDrop: ["NET_RAW", "MKNOD"],
      pidsLimit: 500,
      ulimits: { nofile: 2048 },
      sysctls: { "net.ipv4.ip_local_port_range": "20000 60000", "net.core.somaxconn": "1024" },
      workingFolder: "/data",
      labels: { team: "shop" },
      udpPorts: [6380],
      publish: true,
      override: { docker: (body) => ({ ...body, Hostname: "everything" }) },
    },
    migration: { image: "alpine:3.19", networks: ["front"], command: ["true"], runsOnce: true },
    listening: {
      image: "alpine:3.19",
      networks: ["front"],
      command: ["sh", "-c", "echo listening; exec sleep 600"],
      probe: log(/^listening$/),
    },
  },
});
