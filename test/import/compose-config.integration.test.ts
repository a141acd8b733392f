import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { dockerEnvironment, runCommand } from "../emission/docker-client.ts";
import { PUBLISHED_COMMAND, PUBLISHED_MODULES } from "../published.ts";

const FILES = {
  "compose.yaml": `name: shop
x-base: &base { image: "base:\${TAG:-1}", environment: { A: "1", B: two words }, user: "1000:1000" }
include: [ops/compose.yaml]
services:
  one:
    <<: *base
    command: server --name "a b" 'c "d"' $$HOME \${UNSET-default}
    working_dir: /srv
    cap_add: [SYS_NICE]
    cap_drop: [CHOWN]
    sysctls: [net.core.somaxconn=1024]
    ulimits: { nofile: { soft: 1024, hard: 2048 }, nproc: 100 }
    extra_hosts: ["api.example.com:192.0.2.7"]
    stop_signal: SIGQUIT
    stop_grace_period: 1m30s
    shm_size: 128m
    mem_limit: 64m
    cpus: 0.5
  two:
    extends: { file: ops/compose.yaml, service: metrics }
    entrypoint: [sh, -c]
    command: ["echo $\${HOME}"]
    environment: [C=3, "D=\${EMPTY:-}", PORT=0x10, RATE=1.50, ON=yes]
    depends_on:
      migrate: { condition: service_completed_successfully }
      one: { condition: service_started }
    healthcheck: { test: [CMD-SHELL, "test -f /ready"], interval: 10s, timeout: 3s, retries: 7 }
  migrate: { image: "app@sha256:${"a".repeat(64)}", command: [migrate], stop_grace_period: 3s }
`,
  "over.yaml": `services:
  one: { environment: { B: three }, command: [replaced, "$\${x}"], cap_add: [NET_RAW] }
  migrate: { command: [other, again] }
`,
  "ops/compose.yaml": `services:
  metrics:
    image: metrics
    labels: { team: shop }
    environment: [E=5]
    healthcheck: { test: [CMD, "true"] }
`,
};

/** The properties of a service that an import keeps as they are. */
const KEPT = [
  ...[
    "image",
    "command",
    "entrypoint",
    "environment",
    "user",
    "working_dir",
    "cap_add",
    "cap_drop",
    "sysctls",
  ],
  ...["ulimits", "extra_hosts", "stop_signal", "stop_grace_period", "shm_size", "mem_limit", "cpus"],
];

let root: string;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  env = await dockerEnvironment();
  root = mkdtempSync(path.join(tmpdir(), "nestbox-import-"));
  symlinkSync(PUBLISHED_MODULES, path.join(root, "node_modules"));
  writeFileSync(path.join(root, "package.json"), '{ "type": "module" }');
  for (const [file, content] of Object.entries(FILES)) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), content);
  }
});

afterAll(() => {
  rmSync(root, { recursive: true });
});

async function succeed(program: string, ...words: readonly string[]): Promise<string> {
  const end = await runCommand(program, words, { cwd: root, env });
  expect({ ...end, stdout: "" }).toMatchObject({ exitCode: 0 });
  return end.stdout;
}

type Services = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** The services as Compose itself reads them. */
async function composeConfig(...files: readonly string[]): Promise<Services> {
  const named = files.flatMap((file) => ["--file", file]);
  const config = await succeed("docker", "compose", ...named, "config", "--format", "json");
  return JSON.parse(config).services;
}

function kept(service: Readonly<Record<string, unknown>> = {}) {
  return Object.fromEntries(KEPT.map((name) => [name, service[name] ?? undefined]));
}

test("Compose reads the emitted file as it reads the imported ones", async () => {
  await succeed(process.execPath, PUBLISHED_COMMAND, "import", "compose.yaml", "over.yaml");
  await succeed(process.execPath, PUBLISHED_COMMAND, "emit", "--target", "compose");
  const original = await composeConfig("compose.yaml", "over.yaml");
  const emitted = await composeConfig("compose/shop.yaml");
  expect(Object.keys(emitted).sort()).toEqual(["metrics", "migrate", "one", "two"]);
  for (const [name, service] of Object.entries(original))
    expect([name, kept(emitted[name])]).toEqual([name, kept(service)]);
  expect(emitted.two).toMatchObject({
    depends_on: {
      migrate: { condition: "service_completed_successfully" },
      one: { condition: "service_started" },
    },
    healthcheck: { test: ["CMD-SHELL", "test -f /ready"], interval: "10s", timeout: "3s", retries: 7 },
    labels: { team: "shop" },
  });
});
