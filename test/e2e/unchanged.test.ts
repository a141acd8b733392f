import { execFile } from "node:child_process";
import { cpSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { afterEach, describe, expect, test } from "@jest/globals";
import { connect } from "../../bench/connect.ts";
import { engineHost } from "../../src/docker/engine-host.ts";
import { pullImage } from "../../src/docker/engine-images.ts";
import { LABEL } from "../../src/model/labels.ts";
import { freePort } from "../free-port.ts";
import { serviceContainer } from "./engine-view.ts";
import { type UserProject, userProject } from "./user-project.ts";

const REPOSITORY = path.resolve(__dirname, "../..");

let project: UserProject;

afterEach(() => project.remove());

/** Brings the stack up and expects that later commands find nothing to change. */
async function expectUnchanged(environment: Readonly<Record<string, string>> = {}): Promise<void> {
  const run = (...words: readonly string[]) => project.nestbox(words, environment);
  const first = await run("up");
  expect(first.exitCode === 0 ? "" : first.stderr).toBe("");
  const containers = await containersOf(project.owner);
  for (const operation of [["preview"], ["refresh", "--yes"]]) {
    const { exitCode, stdout } = await run("pulumi", ...operation, "--expect-no-changes", "--diff");
    expect({ operation, exitCode, stdout: exitCode === 0 ? "" : stdout }).toEqual({
      operation,
      exitCode: 0,
      stdout: "",
    });
  }
  const { exitCode, stderr } = await run("up");
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.stringMatching(/nothing to change/) });
  expect(await containersOf(project.owner)).toEqual(containers);
}

test("each of this project's own sandboxes stays unchanged", async () => {
  project = userProject("e2e-unchanged");
  for (const folder of ["examples", "sandboxes"])
    cpSync(path.join(REPOSITORY, folder), path.join(project.folder, folder), { recursive: true });
  const { default: declared } = await import("../../sandboxes/index.ts");
  const names = declared.map(({ name }) => name);
  expect(names).toHaveLength(10);
  project.configure({ sandboxes: names, profiles: ["api"] });
  await expectUnchanged({ NESTBOX_SECRET_REDIS_PASSWORD: "hush" });
}, 300_000);

/** The ids of the containers of an owner's services, stopped ones too. */
async function containersOf(owner: string): Promise<readonly string[]> {
  const found = await (await connect()).listContainers({
    all: true,
    filters: { label: [`${LABEL.owner}=${owner}`] },
  });
  return found.map(({ Id }) => Id).sort();
}

/**
 * Every property of a service, a network and a volume, in notations other than the provider's own.
 */
const everything = (port: number, digest: string) => `sandbox("everything", {
  networks: { front: {}, inside: { internal: true } },
  volumes: ["data", "more"],
  services: {
    server: {
      image: "redis:7-alpine",
      networks: ["inside", "front"],
      alias: ["zeta", "alpha", "mid"],
      volumes: { "/var/more": "more", "/data": "data" },
      tmpfs: { "/scratch": "1.5MiB", "/cache": "16MiB" },
      limits: { memory: "100.5MiB", cpus: 1 },
      extraHosts: { "b.example.com": "192.0.2.7", "a.example.com": "host-gateway" },
      user: "0:0",
      command: ["redis-server", "--save", "60", "1"],
      env: { Z: "1", A: "two words = $HOME", EMPTY: "" },
      ports: [9000, 6379, 700],
      publish: true,
      files: {
        "/etc/motd": { content: "welcome" }, "/etc/empty": { content: "" }, "/srv": { path: "files" },
      },
      probe: exec(["redis-cli", "ping"], {
        within: "1.5m", every: "1h", startEvery: "100ms", timeout: "2500ms", retries: 7,
      }),
      shares: ["/shared"],
      stop: { signal: "SIGINT", grace: "2500ms" },
      shmSize: "70.5MiB",
      capAdd: ["SYS_NICE", "IPC_LOCK"],
      capDrop: ["NET_RAW", "MKNOD"],
      pidsLimit: 500,
      ulimits: { nofile: 2048, core: { soft: 0, hard: -1 } },
      sysctls: { "net.ipv4.ip_local_port_range": "20000 60000", "net.core.somaxconn": "1024" },
      workingFolder: "/data",
      labels: { team: "shop", "com.example.rule": "Host(\`a\`)" },
      platform: "linux/amd64",
      udpPorts: [9001, 53],
      override: { docker: (body) => ({
        ...body, Hostname: "server-1", HostConfig: { ...body.HostConfig, Dns: ["192.0.2.53"] },
      }) },
    },
    reset: {
      image: "alpine:3.19",
      networks: ["inside"],
      entrypoint: [],
      command: ["sh", "-c", "trap exit TERM; sleep 1000 & wait", ""],
      limits: { cpus: 0.05 },
      after: { migration: "completed", server: "ready" },
    },
    migration: {
      image: "alpine:3.19",
      networks: ["inside"],
      entrypoint: ["sh"],
      command: ["-c", "exit 0"],
      limits: { cpus: 1.25, memory: "64MiB" },
      runsOnce: true,
      completesWithin: "90s",
    },
    listening: {
      image: "alpine:3.19",
      networks: ["front"],
      command: ["sh", "-c", "echo listening; trap exit TERM; sleep 1000 & wait"],
      limits: { cpus: 2 },
      probe: log(/^listening$/, { within: "1m" }),
    },
    pinned: redis({ image: ${JSON.stringify(digest)}, networks: ["inside"] }),
    daemon: {
      image: "docker:dind",
      networks: ["front"],
      privileged: true,
      dockerDaemon: { tls: false },
      env: { DOCKER_TLS_CERTDIR: "" },
      ports: [2375],
      publish: { 2375: ${port} },
    },
  },
})`;

test("every property, and an image's digest, is normalized as the provider reads it back", async () => {
  // An image built here has a digest once a registry has served it.
  await pullImage(engineHost(process.env), "redis:7-alpine", () => {});
  const { RepoDigests: [digest = ""] = [] } = await (await connect()).getImage("redis:7-alpine").inspect();
  project = userProject("e2e-everything");
  project.write("files/empty.txt", "");
  project.write("files/sub/full.txt", "full");
  project.declare(everything(await freePort(), digest));
  project.configure({ sandboxes: ["everything"] });
  await expectUnchanged();
  const { HostConfig: limits } = await serviceContainer(project.owner, "reset");
  expect([limits.CpuQuota, limits.CpuPeriod]).toEqual([5000, 100_000]);
}, 300_000);

describe("nestbox up and a plain pulumi up", () => {
  const declaration = `sandbox("plain", {
    volumes: ["data"],
    services: { cache: redis({ publish: true, volumes: { "/data": "data" } }) },
  })`;

  /** Runs Pulumi's CLI without the variables that the command sets. */
  async function pulumi(...words: readonly string[]): Promise<void> {
    const { NESTBOX_CA_BUNDLE: _, NESTBOX_MTU: __, ...env } = process.env;
    await promisify(execFile)("pulumi", [...words, "--stack", project.stack, "--non-interactive"], {
      cwd: project.folder,
      env: {
        ...env,
        PATH: [path.dirname(process.execPath), env.PATH].join(path.delimiter),
        PULUMI_BACKEND_URL: `file://${project.folder}/state`,
        PULUMI_CONFIG_PASSPHRASE: "correct horse",
      },
    });
  }

  async function nestbox(...words: readonly string[]): Promise<string> {
    const { exitCode, stderr } = await project.nestbox(words);
    expect(exitCode === 0 ? "" : stderr).toBe("");
    return stderr;
  }

  test("the plain one after the other changes nothing, and removes everything", async () => {
    project = userProject("e2e-then-plain");
    project.declare(declaration);
    project.configure({ sandboxes: ["plain"] });
    await nestbox("up");
    const containers = await containersOf(project.owner);
    await pulumi("preview", "--expect-no-changes");
    await pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes");
    await pulumi("up", "--yes", "--skip-preview", "--expect-no-changes");
    expect(await containersOf(project.owner)).toEqual(containers);
    await pulumi("destroy", "--yes", "--skip-preview");
    expect(await containersOf(project.owner)).toEqual([]);
  }, 300_000);

  test("the other after the plain one changes nothing, and removes everything", async () => {
    project = userProject("e2e-then-nestbox");
    project.declare(declaration);
    project.configure({ sandboxes: ["plain"] });
    await pulumi("stack", "init");
    await pulumi("up", "--yes", "--skip-preview");
    const containers = await containersOf(project.owner);
    expect(containers).toHaveLength(1);
    expect(await nestbox("up")).toMatch(/nothing to change/);
    expect(await containersOf(project.owner)).toEqual(containers);
    await nestbox("down");
    expect(await containersOf(project.owner)).toEqual([]);
  }, 300_000);
});
