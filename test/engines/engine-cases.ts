import { chmodSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { endOf, NODE, run, succeed, THIS_MACHINE, type Variables } from "../../bench/engines/machine.ts";
import type { StartedEngine } from "../../bench/engines/started-engine.ts";
import { LABEL } from "../../src/model/labels.ts";
import { eventually } from "../eventually.ts";
import { PUBLISHED_COMMAND, PUBLISHED_MODULES } from "../published.ts";
import { RUN_FOLDER } from "../run-folder.ts";
import { privateImageOn, startRegistry } from "./engine-registry.ts";

const SEED = Number(process.env.NESTBOX_SEED ?? 1 + Math.floor(Math.random() * 1e6));
const KILLS = Number(process.env.NESTBOX_KILLS ?? 3);

/** One service for each kind of probe, an order, an internal network, a file, and a port for commands. */
const sandboxesWith = (privateImage: string) => `import { redis } from "nestbox/catalog";
import { exec, http, log, sandbox, tcp } from "nestbox";

export default [sandbox("probes", {
  networks: { front: {}, back: { internal: true } },
  services: {
    redis: redis({ networks: ["front"] }),
    "by-exec": {
      image: "redis:7-alpine",
      networks: ["back"],
      probe: exec("redis-cli ping"),
    },
    "by-tcp": { image: "redis:7-alpine", networks: ["front"], ports: [6379], probe: tcp(6379) },
    "by-http": {
      image: "alpine:3.19",
      networks: ["front"],
      files: { "/www/note.txt": { path: "notes/note.txt" } },
      env: { MOTTO: "it's 5 % of $HOME" },
      command: ["httpd", "-f", "-p", "8080", "-h", "/www"],
      ports: [8080],
      probe: http(8080, "/note.txt"),
    },
    seed: {
      image: "redis:7-alpine",
      networks: ["front", "back"],
      command: ["redis-cli", "-h", "by-exec", "set", "key", "value"],
      runsOnce: true,
      after: { "by-exec": "ready" },
    },
    "by-log": {
      image: "redis:7-alpine",
      networks: ["front"],
      after: { seed: "completed" },
      probe: log("Ready to accept"),
    },
  },
  jobs: {
    look: {
      image: "redis:7-alpine",
      networks: ["front"],
      script: [
        "redis-cli -h redis ping",
        "redis-cli -h by-tcp ping",
        "redis-cli -h by-log ping",
        "wget -qO- http://by-http:8080/note.txt",
        "! redis-cli -h by-exec ping",
      ],
    },
    inside: {
      image: "redis:7-alpine",
      networks: ["back"],
      script: ["redis-cli -h by-exec get key", "! redis-cli -h by-log ping"],
    },
  },
}), sandbox("failing", {
  services: { redis: redis() },
  jobs: { fail: { image: "alpine:3.19", script: ["exit 7"] } },
}), ...Object.entries({ private: "${privateImage}", missing: "${privateImage}-missing" }).map(
  ([name, image]) => sandbox(name, {
    services: { cache: { image, probe: exec("redis-cli ping") } },
    jobs: { ping: { image, script: ["redis-cli -h cache ping"] } },
  }),
)];
`;

/** A program that talks to Redis at the address of its variables, and ends with exit code 3. */
const ASK =
  'const socket = require("node:net").connect(process.env.REDIS_PORT, process.env.REDIS_HOST);' +
  'socket.on("data", (data) => { console.log(String(data)); socket.end(); });' +
  'socket.on("close", () => process.exit(3)).write("PING\\r\\n");';

interface EngineTraits {
  /** How a command that needs the services' ports is refused. @default they are reachable */
  readonly refusal?: RegExp;
  /** Whether its ports are reachable only while a command forwards them. @default false */
  readonly isForwarded?: boolean;
  /** Whether it ignores limits, as rootless engines do on cgroups v1. @default false */
  readonly ignoresLimits?: boolean;
  /** Whether the engine gets logins for private images. @default not tested */
  readonly getsLogins?: boolean;
}

/** The suite that every engine passes, by the published command as its users run it. */
export function engineCases(
  start: () => Promise<StartedEngine>,
  { refusal, isForwarded = false, ignoresLimits = false, getsLogins }: EngineTraits = {},
): void {
  let engine: StartedEngine;
  let folder: string;

  beforeAll(async () => {
    engine = await start();
    folder = layOutProject(privateImageOn(engine.engineMachine ?? THIS_MACHINE));
  });

  afterAll(() => engine?.remove());

  const words = (...verb: readonly string[]) => [NODE, PUBLISHED_COMMAND, "--project", folder, ...verb];
  const nestbox = (...verb: readonly string[]) => nestboxWith({}, ...verb);
  const nestboxWith = (variables: Variables, ...verb: readonly string[]) =>
    run(engine.machine, words(...verb), { ...engine.variables, ...variables });
  /** Runs a command that must succeed. */
  const output = (...verb: readonly string[]) => succeed(engine.machine, words(...verb), engine.variables);

  /** The project's containers, networks or volumes, as the docker command lists them. */
  async function listed(kind: "container" | "network" | "volume"): Promise<readonly string[]> {
    const filter = `--filter=label=${LABEL.project}=${path.basename(folder)}`;
    const all = kind === "container" ? ["--all"] : [];
    const words = ["docker", kind, "ls", "--quiet", ...all, filter];
    const ids = await succeed(engine.machine, words, engine.variables);
    return ids.split("\n").filter((id) => id !== "");
  }

  const left = async () =>
    (await Promise.all([listed("container"), listed("network"), listed("volume")])).flat();

  test("exec, tcp, http and log probes, `after`, an internal network and files", async () => {
    const looked = await output("run", "probes", "look");
    expect(looked).toContain("a note");
    expect(looked.match(/PONG/g)).toHaveLength(3);
    expect(await output("run", "probes", "inside")).toContain("value");
    expect(await left()).toEqual([]);
  });

  test("the exit code is that of the failed job", async () => {
    const { exitCode, stderr } = await nestbox("run", "failing", "fail");
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 7 });
    expect(await left()).toEqual([]);
  });

  test("a command beside the engine reaches the published port, or is refused", async () => {
    const { exitCode, stdout, stderr } = await nestbox("run", "probes", "--", NODE, "-e", ASK);
    expect({ exitCode, stderr, stdout }).toMatchObject(
      refusal === undefined
        ? { exitCode: 3, stdout: expect.stringContaining("+PONG") }
        : { exitCode: 2, stderr: expect.stringMatching(refusal) },
    );
    expect(await left()).toEqual([]);
  });

  test("a sandbox that stays up keeps its containers, with exec, logs and env", async () => {
    await output("up", "probes");
    const created = new Set(await listed("container"));
    await output("up", "probes");
    expect(new Set(await listed("container"))).toEqual(created);
    expect(await output("exec", "by-tcp", "--", "redis-cli", "-h", "redis", "ping")).toBe("PONG");
    expect(await output("logs", "by-log")).toContain("Ready to accept connections");
    const env = await nestbox("env", "probes");
    expect(env).toMatchObject(
      isForwarded
        ? {
            exitCode: 2,
            stderr: expect.stringMatching(/which this process does not reach: .* by ssh; .* -L /s),
          }
        : { exitCode: 0, stdout: expect.stringMatching(/^REDIS_PORT=\d+$/m) },
    );
    await output("down");
    expect(await left()).toEqual([]);
  });

  test("doctor names the engine", async () => {
    const { stdout, stderr } = await nestbox("doctor");
    expect({ stdout, stderr }).toMatchObject({
      stdout: expect.stringMatching(/^✓ (Docker|Podman) \d\S+ at /m),
    });
  });

  if (getsLogins !== undefined)
    test(`a private image is ${getsLogins ? "pulled" : "refused, and no login sent"}`, async () => {
      if (engine.engineMachine === undefined) throw new Error("the engine is on no machine of the test");
      const registry = await startRegistry(engine, engine.engineMachine);
      const runWith = (password: string | undefined, sandbox: string) =>
        nestboxWith({ DOCKER_CONFIG: registry.login(password) }, "run", sandbox, "ping");
      const refused = (reason: string) => ({ exitCode: 2, stderr: expect.stringContaining(reason) });
      try {
        const right = await runWith(undefined, "private");
        if (getsLogins) {
          expect(right).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("PONG") });
          expect(await runWith(undefined, "missing")).toMatchObject(refused("has no such image"));
          await succeed(engine.machine, ["docker", "image", "rm", registry.image], engine.variables);
          expect(await runWith("wrong", "private")).toMatchObject(refused("refuses the login of"));
        } else expect(right).toMatchObject(refused("was not sent: the connection to the engine at"));
        expect(await nestbox("run", "private", "ping")).toMatchObject(refused("requires a login, and this"));
        expect(await left()).toEqual([]);
      } finally {
        await registry.remove();
      }
    });

  test("runs that are killed are listed and removed", async () => {
    process.stderr.write(`NESTBOX_SEED=${SEED}\n`);
    const started = performance.now();
    await output("run", "probes", "look");
    const whole = performance.now() - started;
    let random = SEED;
    for (let kill = 0; kill < KILLS; kill++) {
      random = (random * 48271) % 2147483647;
      await killAfter((random / 2147483647) * whole);
    }
    // Lists what the next command removes. The leases of killed runs stay until they expire.
    await output("gc");
    await eventually(
      async () => {
        await output("ls");
        expect(await left()).toEqual([]);
      },
      { within: "2m" },
    );
  });

  /** Kills a run in the middle. The shell tells its process id, which `docker exec` does not. */
  async function killAfter(milliseconds: number): Promise<void> {
    const file = path.join(folder, "process");
    const shell = ["sh", "-c", `echo $$ >${file}; exec "$@"`, "sh", ...words("run", "probes", "look")];
    const ended = endOf(engine.machine.start(shell, engine.variables));
    await pause(milliseconds);
    const id = await eventually(() => readFileSync(file, "utf8").trim(), { within: "30s" });
    await run(engine.machine, ["kill", "-KILL", id]);
    await ended;
  }

  if (process.env.NESTBOX_ENGINES_ALL)
    test("prove finds no difference but ignored limits", async () => {
      const { stdout, stderr } = await nestbox("prove", "probes", "--target", "docker");
      const differences = stdout.split("\n").filter((line) => line.startsWith("✗"));
      const others = differences.filter(
        (line) => !(ignoresLimits && line.endsWith("processes: max, not 4096")),
      );
      expect({ others, stderr }).toEqual({
        others: [],
        stderr: expect.stringContaining("✓ probes on docker"),
      });
      expect(await left()).toEqual([]);
    });
}

/** A project without stacks, in the folder that machines share. */
function layOutProject(privateImage: string): string {
  const folder = mkdtempSync(path.join(RUN_FOLDER, "project-"));
  // The user of a machine may have another id.
  chmodSync(folder, 0o777);
  for (const name of ["notes", "sandboxes"]) mkdirSync(path.join(folder, name));
  symlinkSync(PUBLISHED_MODULES, path.join(folder, "node_modules"));
  writeFileSync(path.join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(path.join(folder, "notes/note.txt"), "a note\n");
  writeFileSync(path.join(folder, "sandboxes/index.ts"), sandboxesWith(privateImage));
  return folder;
}
