import { execFile } from "node:child_process";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { askDocker } from "../../src/docker/api.ts";
import { engineHost } from "../../src/docker/engine-host.ts";
import { readOwnedResources } from "../../src/docker/owned-resources.ts";
import { removeResources } from "../../src/docker/remove-owned.ts";
import { LABEL } from "../../src/model/labels.ts";
import type { OwnedResource } from "../../src/ownership/owned-resource.ts";
import { eventually } from "../eventually.ts";
import { type UserProject, userProject } from "./user-project.ts";

const PASSWORD = "xylophone-4711";
const SEED = Number(process.env.NESTBOX_SEED ?? 1 + Math.floor(Math.random() * 1e6));
const KILLS = Number(process.env.NESTBOX_KILLS ?? "12");

let project: UserProject;

beforeAll(() => {
  project = userProject("e2e-fresh");
  for (const file of ["Pulumi.yaml", "infra"]) rmSync(path.join(project.folder, file), { recursive: true });
  project.write("notes/note.txt", "a note\n");
  project.declare(
    `sandbox("cache", {
      services: { redis: redis() },
      jobs: {
        ping: { image: "redis:7-alpine", script: ["redis-cli -h redis ping"] },
        fail: { image: "alpine:3.19", script: ["exit 7"] },
        slow: { image: "alpine:3.19", script: ["echo job runs", "sleep 1000"] },
        stops: {
          image: "redis:7-alpine",
          script: ["redis-cli -h redis shutdown", "while getent hosts redis; do :; done", "exit 7"],
        },
        count: { image: "redis:7-alpine", script: ["redis-cli -h redis incr visits", "sleep 3"] },
      },
    })`,
    `sandbox("apart", {
      networks: { front: {}, back: { internal: true } },
      volumes: ["data"],
      services: {
        hidden: redis({ networks: ["back"] }),
        migrate: {
          image: "redis:7-alpine",
          networks: ["front", "back"],
          volumes: { "/data": "data" },
          files: { "/etc/note.txt": { path: "notes/note.txt" } },
          command: ["sh", "-c", "redis-cli -h hidden set k v && cp /etc/note.txt /data/note.txt"],
          runsOnce: true,
          after: { hidden: "ready" },
        },
        open: {
          image: "redis:7-alpine",
          networks: ["front"],
          volumes: { "/data": "data" },
          after: { migrate: "completed" },
          probe: log("Ready to accept"),
        },
      },
      jobs: {
        look: {
          image: "redis:7-alpine",
          networks: ["front"],
          script: ["redis-cli -h open ping", "! getent hosts hidden"],
        },
        fail: { image: "alpine:3.19", networks: ["front"], script: ["exit 7"] },
      },
    })`,
    `sandbox("broken", {
      services: {
        server: {
          image: "alpine:3.19",
          command: ["sh", "-c", "echo the last line; sleep 1000"],
          probe: exec("echo the probe speaks; false", { within: "2s" }),
        },
        other: { image: "alpine:3.19", command: ["sleep", "1000"], probe: exec("false", { within: "10m" }) },
      },
      jobs: { never: { image: "alpine:3.19", script: ["true"] } },
    })`,
    `sandbox("secret", {
      services: { redis: redis({ password: secret("password") }) },
      jobs: {
        ask: {
          image: "redis:7-alpine",
          env: ({ redis }) => ({ ...redis.variables }),
          script: ['REDISCLI_AUTH="$REDIS_PASSWORD" redis-cli -h "$REDIS_HOST" ping', "sleep 3"],
        },
      },
    })`,
  );
});

afterAll(async () => {
  await removeResources(engineHost(process.env), await left());
  await project.remove();
});

/** All resources of the project on the engine, leases too. */
async function left(): Promise<readonly OwnedResource[]> {
  const owned = await readOwnedResources(engineHost(process.env));
  return owned.filter(({ labels }) => labels[LABEL.project] === path.basename(project.folder));
}

const names = async () => (await left()).map(({ kind, name }) => `${kind} ${name}`);

test("a job runs against a sandbox of its own, of which nothing stays", async () => {
  const { exitCode, stdout } = await project.nestbox(["run", "cache", "ping"]);
  expect({ exitCode, stdout }).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("PONG") });
  expect(await names()).toEqual([]);
});

test("the exit code is that of the failed job", async () => {
  expect(await project.nestbox(["run", "cache", "fail"])).toMatchObject({ exitCode: 7 });
  expect(await names()).toEqual([]);
});

/** What a failed run prints of a Redis that it has shut down. */
const SHUT_DOWN =
  /^! cache\.services\.redis: ended with exit code 0\n {2}its last output:\n(?: {4}.*\n)* {4}.* shutdown/m;

test("after a failed job, a service that has stopped is named with its last lines", async () => {
  const failed = await project.nestbox(["run", "cache", "stops"]);
  expect(failed).toMatchObject({ exitCode: 7, stderr: expect.stringMatching(SHUT_DOWN) });
});

test("after a failed job, no service that runs or has completed is named", async () => {
  const failed = await project.nestbox(["run", "apart", "fail"]);
  expect(failed).toMatchObject({ exitCode: 7, stderr: expect.not.stringContaining("apart.services") });
});

test("networks are isolated; files, volumes, order and log probes work", async () => {
  expect(await project.nestbox(["run", "apart", "look"])).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining("PONG"),
  });
  expect(await names()).toEqual([]);
});

test("two runs of one sandbox at once share nothing", async () => {
  const ends = await Promise.all([1, 2].map(() => project.nestbox(["run", "cache", "count"])));
  for (const { exitCode, stdout } of ends) expect({ exitCode, stdout }).toMatchObject({ exitCode: 0 });
  for (const { stdout } of ends) expect(stdout).toMatch(/^1\r?$/m);
  expect(await names()).toEqual([]);
});

test("a failed probe shows the service's last lines, and ends the wait for others", async () => {
  const { exitCode, stderr } = await project.nestbox(["run", "broken"]);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/^error broken\.services\.server: (unhealthy|not healthy within 2s)/m);
  expect(stderr).toContain("the probe speaks");
  expect(stderr).toContain("    the last line");
  expect(stderr).not.toMatch(/never|broken\.services\.other/);
  expect(await names()).toEqual([]);
});

test.each<NodeJS.Signals>(["SIGINT", "SIGTERM"])("%s removes the job and the sandbox", async (signal) => {
  const command = project.start(["run", "cache", "slow"]);
  await command.printed(/^job runs$/m);
  command.process.kill(signal);
  expect(await command.ended).toMatchObject({ exitCode: 130 });
  expect(await names()).toEqual([]);
});

test("Ctrl-C while a service starts removes the sandbox", async () => {
  const command = project.start(["run", "broken"]);
  await eventually(async () => expect((await left()).filter(({ running }) => running)).toHaveLength(2), {
    within: "1m",
  });
  command.process.kill("SIGINT");
  expect(await command.ended).toMatchObject({ exitCode: 130 });
  expect(await names()).toEqual([]);
});

test("a killed run is listed as it is, and removed by the next command", async () => {
  // The next command may be one of another test.
  for (let attempt = 1; !(await isRemovedByOwnCommand()); attempt++) expect(attempt).toBeLessThan(5);
});

async function isRemovedByOwnCommand(): Promise<boolean> {
  const command = project.start(["run", "cache", "slow"]);
  await command.printed(/^job runs$/m);
  const { stdout } = await project.nestbox(["ls"]);
  expect(stdout).toMatch(/^cache {2}\S+\/fresh-\w+, .*ends with its command$/m);
  command.process.kill("SIGKILL");
  await command.ended;
  // Not of one stack, as the project's own commands.
  const words = [path.resolve("src/cli/main.mjs"), "--project", project.folder, "gc"];
  const listed = await promisify(execFile)(process.execPath, words);
  const { stderr } = await project.nestbox(["ls"]);
  const remains = (await left()).filter(({ kind }) => kind !== "volume");
  await untilNothingIsLeft();
  const isListed = /fresh-\w+.* left by a killed command +\d orphans/.test(listed.stdout);
  const isRemoved = /✓ removed .*container fresh-\w+_cache_redis, .*left by a killed command/.test(stderr);
  if (isListed && isRemoved) expect(remains).toEqual([]);
  return isListed && isRemoved;
}

/** The lease of a killed run stays until it expires. */
async function untilNothingIsLeft(): Promise<void> {
  const ends = (await left()).flatMap(({ labels }) => Date.parse(labels[LABEL.ends] ?? "") || []);
  // Repeating a command all the time would take the processor from other tests.
  await eventually(() => expect(Date.now()).toBeGreaterThan(Math.max(0, ...ends)), { within: "1m" });
  await eventually(
    async () => {
      await project.nestbox(["ls"]);
      expect(await names()).toEqual([]);
    },
    { within: "1m" },
  );
}

test("secrets come from the environment, and reach only the environment of containers", async () => {
  const refused = await project.nestbox(["run", "secret"]);
  expect(refused).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining(
      'error sandbox "secret": no value for the secret "password"; set NESTBOX_SECRET_PASSWORD',
    ),
  });
  expect(await names()).toEqual([]);
  const command = project.start(["run", "secret"], { NESTBOX_SECRET_PASSWORD: PASSWORD });
  await command.printed(/PONG/);
  const containers = (await left()).filter(({ kind }) => kind === "container");
  expect(containers).toHaveLength(2);
  for (const { id, name } of containers) {
    const inspected = await askDocker<Inspected>(engineHost(process.env), `/containers/${id}/json`);
    const { Env, ...config } = inspected.Config;
    // The service reads its password from a file.
    expect({ name, isInEnv: Env.join("\n").includes(PASSWORD) }).toEqual({
      name,
      isInEnv: /_ask-/.test(name),
    });
    expect(JSON.stringify({ ...inspected, Config: config })).not.toContain(PASSWORD);
    const { Processes } = await askDocker<{ Processes: string[][] }>(
      engineHost(process.env),
      `/containers/${id}/top`,
    );
    expect(JSON.stringify(Processes)).not.toContain(PASSWORD);
  }
  const owned = await left();
  expect(JSON.stringify(owned)).not.toContain(PASSWORD);
  expect(processList()).not.toContain(PASSWORD);
  expect(await command.ended).toMatchObject({ exitCode: 0 });
});

interface Inspected {
  readonly Config: { readonly Env: readonly string[] };
}

/** The arguments of all processes of this machine. */
function processList(): string {
  const read = (pid: string) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8");
    } catch {
      return "";
    }
  };
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(read)
    .join("\n");
}

test("a command gets the services' addresses; its exit code and signals pass", async () => {
  const script =
    'const socket = require("node:net").connect(process.env.REDIS_PORT, process.env.REDIS_HOST);' +
    'socket.end("PING\\r\\n").on("data", (data) => console.log(String(data)))' +
    '.on("close", () => process.exit(3));';
  expect(await project.nestbox(["run", "cache", "--", process.execPath, "-e", script])).toMatchObject({
    exitCode: 3,
    stdout: expect.stringContaining("+PONG"),
  });
  const shutDown = `
    const connect = () => require("node:net").connect(process.env.REDIS_PORT, process.env.REDIS_HOST);
    connect().end("SHUTDOWN NOSAVE\\r\\n").on("close", untilClosed);
    function untilClosed() { connect().on("connect", untilClosed).on("error", () => process.exit(3)); }`;
  expect(await project.nestbox(["run", "cache", "--", process.execPath, "-e", shutDown])).toMatchObject({
    exitCode: 3,
    stderr: expect.stringMatching(SHUT_DOWN),
  });
  const trap = "trap 'echo ended by TERM; exit 5' TERM; echo waits; while :; do sleep 0.1; done";
  const command = project.start(["run", "cache", "--", "sh", "-c", trap]);
  await command.printed(/^waits$/m);
  command.process.kill("SIGTERM");
  expect(await command.ended).toMatchObject({
    exitCode: 5,
    stdout: expect.stringContaining("ended by TERM"),
  });
  expect(await names()).toEqual([]);
});

test.each([
  [["run", "cache", "--", "no-such-command"], /^error no-such-command: no such command on PATH/],
  [["run"], /^error SANDBOX: is missing; name one of cache, apart, broken, secret/],
  [["run", "cache", "ping", "--", "true"], /^error ping: is one word too many/],
  [["run", "cache", "--"], /^error --: no command follows/],
  [["run", "cache", "nope"], /^error no job "nope" in sandbox "cache"/],
  [["run", "cache", "--profile", "nope"], /^error no profile "nope" in sandbox "cache"/],
  [["up", "nope"], /^error .*no sandbox "nope"/],
  [["up", "secret"], /^error sandbox "secret": no value for the secret/],
  [["up", "cache", "--for", "soon"], /^error --for: "soon" is not a duration/],
  [["env", "cache"], /^error sandbox "cache": is not up/],
  [["pulumi", "preview"], /Pulumi\.yaml: is missing, .*init --stack/],
])("%j is refused before anything is created", async (words, message) => {
  expect(await project.nestbox(words)).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(message) });
  expect(await names()).toEqual([]);
});

test("killed at random moments, runs leave nothing once their leases are over", async () => {
  process.stderr.write(`NESTBOX_SEED=${SEED}\n`);
  const started = performance.now();
  await project.nestbox(["run", "cache", "ping"]);
  const whole = performance.now() - started;
  let random = SEED;
  for (let kill = 0; kill < KILLS; kill++) {
    random = (random * 48271) % 2147483647;
    const command = project.start(["run", "cache", "ping"]);
    const timer = setTimeout(() => command.process.kill("SIGKILL"), (random / 2147483647) * whole);
    await command.ended;
    clearTimeout(timer);
  }
  await untilNothingIsLeft();
});
