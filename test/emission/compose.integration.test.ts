import { copyFileSync, existsSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import declared from "../../sandboxes/index.ts";
import { redis } from "../../src/catalog/redis.ts";
import { certificateBundle } from "../../src/machine/certificate-bundle.ts";
import { type Sandbox, sandbox } from "../../src/model/declaration/sandbox.ts";
import { plan } from "../../src/model/plan/plan-sandbox.ts";
import { secretVariable } from "../../src/model/secret-variable.ts";
import { eventually } from "../eventually.ts";
import { type CommandEnd, dockerEnvironment, runCommand } from "./docker-client.ts";
import { emitted } from "./emitted.ts";
import { type EmittedProject, emittedProject } from "./emitted-project.ts";

/** Characters with a meaning in shells, YAML or Compose. */
const NASTY = [
  `quotes ' " \\ dollar $ $$ \${HOME} $HOME %A% percent # : - {a} [b] & * ! | > newline`,
  "  tab\t é 🦆 \u0085\u2028 end ",
].join("\n");

const counting = sandbox("counting", {
  services: {
    cache: redis(),
    migration: {
      image: "redis:7-alpine",
      runsOnce: true,
      after: { cache: "ready" },
      command: ["redis-cli", "-h", "cache", "INCR", "runs"],
    },
  },
  jobs: {
    count: {
      image: "redis:7-alpine",
      // The job waits until the test pushes to the list.
      script: [
        "redis-cli -h cache INCR runs",
        "redis-cli -h cache BLPOP go 0",
        "redis-cli -h cache INCR runs",
      ],
    },
    fail: {
      image: "redis:7-alpine",
      script: ["redis-cli -h cache PING", "exit 7"],
      cleanup: ["echo cleaned up"],
    },
  },
});

const echoing = sandbox("echoing", {
  services: {},
  jobs: {
    echo: { image: "python:3.10", env: { NASTY }, script: [`printf '%s' "$NASTY" | base64 -w 0`] },
  },
});

const waiting = sandbox("waiting", {
  services: {
    broken: { image: "redis:7-alpine", command: ["sh", "-c", "echo cannot start; exit 3"], ports: [1] },
  },
  jobs: { tests: { image: "redis:7-alpine", script: ["echo not reached"] } },
});

let project: EmittedProject;
let environment: NodeJS.ProcessEnv;
const started: string[] = [];

beforeAll(async () => {
  environment = await dockerEnvironment();
  project = emittedProject([...declared, counting, echoing, waiting]);
});

afterAll(async () => {
  for (const name of started)
    await runCommand("docker", ["compose", "--project-name", name, "down", "--volumes"], {
      cwd: project.folder,
      env: environment,
    });
  project.remove();
});

function compose(file: string, words: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<CommandEnd> {
  return runCommand("docker", ["compose", "--file", `compose/${file}.yaml`, ...words], {
    cwd: project.folder,
    env: { ...environment, ...more },
  });
}

function runJob(file: string, job: string, name: string, more: readonly string[] = []): Promise<CommandEnd> {
  started.push(projectName(name));
  return compose(file, [...more, "--project-name", projectName(name), "up", "--exit-code-from", job, job], {
    ...secretsOf(declared.find(({ name: sandboxName }) => sandboxName === file)),
  });
}

function projectName(name: string): string {
  return `nestbox-test-${process.pid}-${name}`;
}

function secretsOf(one: Sandbox | undefined): NodeJS.ProcessEnv {
  return one?.name === "secrets" ? { [secretVariable("redis-password")]: `a'b"c\\d$e` } : {};
}

test.each([...declared, counting, echoing, waiting].map((one) => [one.name, one] as const))(
  "compose accepts the file of %s",
  async (name, one) => {
    expect(await compose(name, ["config", "--quiet"], secretsOf(one))).toEqual({
      exitCode: 0,
      stdout: "",
      stderr: "",
    });
  },
);

test("Compose reads any text as declared", async () => {
  const texts = sandbox("texts", {
    services: {
      a: {
        image: "a",
        command: [NASTY, "$"],
        entrypoint: ["e", NASTY],
        env: { A: NASTY, B: "~", C: "1e3", D: "", E: "on" },
        files: { "/f": { content: NASTY } },
      },
    },
  });
  for (const file of emitted([plan(texts)], []).files) project.write(file.path, file.content);
  const { stdout, stderr } = await compose("texts", ["config", "--no-interpolate=false"]);
  expect(stderr).toBe("");
  // The output of Compose is a compose file, so its dollars are doubled.
  const { services, configs } = parse(stdout.replaceAll("$$", "$"));
  expect(services.a).toMatchObject({
    command: [NASTY, "$"],
    entrypoint: ["e", NASTY],
    environment: { A: NASTY, B: "~", C: "1e3", D: "", E: "on" },
  });
  expect(configs["a-1"].content).toBe(NASTY);
});

test("an environment variable arrives in the container byte by byte", async () => {
  const { exitCode, stdout } = await runJob("echoing", "echo", "echo", ["--ansi", "never"]);
  expect(exitCode).toBe(0);
  const encoded = [...stdout.matchAll(/\| ([A-Za-z0-9+/=]{40,})\s*$/gm)].map(([, text]) => text ?? "");
  expect(encoded.map((text) => Buffer.from(text, "base64").toString("utf8"))).toEqual([NASTY]);
});

test("a failing job returns the command's exit code, after its cleanup", async () => {
  const { exitCode, stdout } = await runJob("counting", "fail", "fail");
  expect(exitCode).toBe(7);
  expect(stdout).toContain("PONG");
  expect(stdout).toContain("cleaned up");
});

test("a service that fails to start fails the run before the job", async () => {
  const { exitCode, stdout, stderr } = await runJob("waiting", "tests", "waiting");
  expect(exitCode).not.toBe(0);
  expect(stdout + stderr).toContain("dependency failed to start");
  expect(stdout).not.toContain("not reached");
});

test("two concurrent runs with two project names are isolated", async () => {
  const names = ["one", "two"];
  const runs = names.map((name) => runJob("counting", "count", name));
  // Both jobs count before the first continues.
  for (const name of names) await untilItWaits(name);
  for (const name of names) await redisOf(name, "RPUSH", "go", "on");
  for (const { exitCode, stdout } of await Promise.all(runs)) {
    expect(exitCode).toBe(0);
    // The migration counted first.
    expect([...stdout.matchAll(/\| ([0-9]+)\s*$/gm)].map(([, count]) => count)).toEqual(["2", "3"]);
  }
});

async function untilItWaits(name: string): Promise<void> {
  await eventually(async () => expect(await redisOf(name, "CLIENT", "LIST")).toContain("cmd=blpop"), {
    within: "1m",
  });
}

/** The answer of a run's Redis. Empty until it has started. */
async function redisOf(name: string, ...words: readonly string[]): Promise<string> {
  const inside = ["exec", "-T", "cache", "redis-cli", ...words];
  return (await compose("counting", ["--project-name", projectName(name), ...inside])).stdout;
}

describe("the article's scenarios", () => {
  test("pytest passes against Redis", async () => {
    const { exitCode, stdout } = await runJob("snake-compose", "integration-tests", "snake", certificates());
    expect(stdout).toMatch(/\d+ passed/);
    expect(exitCode).toBe(0);
  });

  test.each(["inside", "outside"])("the job %s passes in its two networks", async (job) => {
    const { exitCode, stdout } = await runJob("two-networks", job, job);
    expect({ exitCode, pong: stdout.includes("PONG") }).toEqual({ exitCode: 0, pong: true });
  });

  test("the secret and the configuration reach Redis", async () => {
    const { exitCode, stdout } = await runJob("secrets", "asks-with-password", "secrets");
    expect(stdout).toContain("NOAUTH");
    expect(exitCode).toBe(0);
  });

  test.each([
    ["database", "42"],
    ["cache", "42"],
    ["api", "cache and database work"],
  ])("the profile %s starts the services of its tests", async (profile, answer) => {
    const { exitCode, stdout } = await runJob("shop", `${profile}-tests`, profile, ["--profile", profile]);
    expect(stdout).toContain(answer);
    expect(exitCode).toBe(0);
  });

  test("without profiles and jobs no service of the shop starts", async () => {
    const { stdout } = await compose("shop", ["config", "--services"]);
    expect(stdout).toBe("");
  });
});

/** A file with this machine's certificates for pip in the job. */
function certificates(): readonly string[] {
  const bundle = certificateBundle(process.env);
  if (bundle === undefined) return [];
  const copy = path.join(project.folder, "certificates.pem");
  if (!existsSync(copy)) copyFileSync(bundle, copy);
  project.write(
    "compose/certificates.yaml",
    JSON.stringify({
      services: {
        "integration-tests": {
          environment: { PIP_CERT: "/certificates.pem" },
          volumes: ["../certificates.pem:/certificates.pem:ro"],
        },
      },
    }),
  );
  return ["--file", "compose/certificates.yaml"];
}
