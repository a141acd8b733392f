import { redis } from "../../src/catalog/redis.ts";
import { sandbox } from "../../src/model/declaration/sandbox.ts";
import type { Plan, PlannedJob, PlannedProbe, PlannedService } from "../../src/model/plan/plan.ts";
import { plan } from "../../src/model/plan/plan-sandbox.ts";
import { exec } from "../../src/model/probe.ts";
import { secret, text } from "../../src/model/text.ts";

const REDIS = ["redis-server", "--protected-mode", "no"];

/** A sandbox with each property that a proof asks for. */
const broad = sandbox("broad", {
  networks: { front: {}, back: { internal: true } },
  services: {
    // Answers late: what counts it as ready at once is seen.
    store: redis({
      networks: ["back"],
      alias: "storage",
      command: ["sh", "-c", `sleep 2; exec ${REDIS.join(" ")}`],
      probe: exec(["redis-cli", "ping"], { startEvery: "100ms" }),
      env: { GREETING: "a=$(HOME) $$ `d` \"e\" 'f' ü", TOKEN: secret("token") },
      files: {
        "/etc/store/plain.conf": { content: "port 1\n" },
        "/etc/store/url": { content: text`u:${secret("token")}` },
      },
      limits: { memory: "64MiB", cpus: 0.5 },
      tmpfs: { "/scratch": "8MiB" },
      extraHosts: { "api.example.com": "192.0.2.7" },
      shmSize: "16MiB",
      capAdd: ["SYS_NICE"],
      capDrop: ["NET_RAW"],
      pidsLimit: 500,
      ulimits: { nofile: 2048, core: { soft: 0, hard: 4096 } },
      sysctls: { "net.ipv4.ip_local_port_range": "20000 60000", "net.core.somaxconn": "1024" },
      workingFolder: "/data",
    }),
    front: redis({ networks: ["front", "back"], after: { store: "ready" } }),
    other: redis({ networks: ["front"], user: "1000:1001", noNewPrivileges: false, pidsLimit: -1 }),
  },
  jobs: {
    tests: {
      image: "redis:7-alpine",
      networks: ["front"],
      files: "examples/greeter",
      env: ({ front }) => ({ FRONT: front.host }),
      script: ['redis-cli -h "$FRONT" ping | grep PONG'],
    },
  },
});

/** Its plan. */
export const BROAD: Plan = plan(broad, { profiles: "all" });

const AT_ONCE: PlannedProbe = {
  ...{ kind: "exec", command: "true", within: "30s", timeout: "5s" },
  ...{ startEvery: "100ms", every: "2m", retries: 3 },
};

/** A service with a probe that passes too early: its port is open, and no Redis answers there. */
export const EARLY = {
  probe: AT_ONCE,
  command: ["sh", "-c", "while :; do nc -l -p 6379 -e true; done"],
};

/** The values of its secrets. */
export const BROAD_SECRETS = { token: "s3cret '\"\\#" };

/** A plan with some properties of a service replaced, as a lowering would that loses them. */
export function withService(planned: Plan, key: string, changed: Partial<PlannedService>): Plan {
  return {
    ...planned,
    services: planned.services.map((one) => (one.key === key ? { ...one, ...changed } : one)),
  };
}

/** A plan with some properties of each job replaced. */
export function withJobs(planned: Plan, changed: Partial<PlannedJob>): Plan {
  return { ...planned, jobs: planned.jobs.map((one) => ({ ...one, ...changed })) };
}
