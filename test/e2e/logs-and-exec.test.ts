import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { commandDocker } from "../../src/docker/api.ts";
import { engineHost } from "../../src/docker/engine-host.ts";
import { readOwnedResources } from "../../src/docker/owned-resources.ts";
import { removeResources } from "../../src/docker/remove-owned.ts";
import { LABEL } from "../../src/model/labels.ts";
import type { OwnedResource } from "../../src/ownership/owned-resource.ts";
import { PUBLISHED_COMMAND } from "../published.ts";
import { engineProxy } from "./engine-gate.ts";
import { type UserProject, userProject } from "./user-project.ts";

const PASSWORD = "xylophone-4712";
const SECRET = { NESTBOX_SECRET_PASSWORD: PASSWORD };
const TICKER = 'i=0; while :; do i=$((i+1)); echo "tick $i"; echo "tock $i" >&2; sleep 0.2; done';

const BRIEF = "echo the last word; while ! [ -f /end ]; do sleep 0.1; done";

let project: UserProject;

beforeAll(async () => {
  project = userProject("e2e-logs");
  for (const file of ["Pulumi.yaml", "infra"]) rmSync(path.join(project.folder, file), { recursive: true });
  project.declare(
    `sandbox("shop", {
      services: {
        cache: redis({ password: secret("password") }),
        ticker: { image: "alpine:3.19", command: ["sh", "-c", ${JSON.stringify(TICKER)}] },
        brief: { image: "alpine:3.19", command: ["sh", "-c", "${BRIEF}"] },
      },
    })`,
    'sandbox("other", { services: { ticker: redis(), lone: redis() } })',
  );
  expect(await project.nestbox(["up", "shop"], SECRET)).toMatchObject({ exitCode: 0 });
});

afterAll(async () => {
  await removeResources(engineHost(process.env), await owned());
  await project.remove();
});

async function owned(): Promise<readonly OwnedResource[]> {
  const all = await readOwnedResources(engineHost(process.env));
  return all.filter(({ labels }) => labels[LABEL.project] === path.basename(project.folder));
}

/** Runs a command in a terminal of 90 columns and 33 rows. */
function inTerminal(words: readonly string[], steps: readonly object[]): Promise<string> {
  const command = [process.execPath, PUBLISHED_COMMAND, "--project", project.folder, ...words];
  const child = spawn("python3", [path.resolve("test/e2e/terminal.py"), ...command], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  child.stdin.end(steps.map((step) => `${JSON.stringify(step)}\n`).join(""));
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (part: string) => {
    output += part;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", () => resolve(output));
  });
}

test("logs of a sandbox name each service; those of one service are its plain output", async () => {
  const { exitCode, stdout } = await project.nestbox(["logs", "shop", "--tail", "3"]);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^cache {2}\| .*Ready to accept/m);
  expect(stdout).toMatch(/^ticker \| tick \d+$/m);
  expect(stdout).toMatch(/^ticker \| tock \d+$/m);
  expect(stdout).toContain("brief  | the last word\n");
  expect(stdout).not.toContain("\u001b");
  const one = await project.nestbox(["logs", "shop", "brief"]);
  expect(one).toMatchObject({ exitCode: 0, stdout: "the last word\n" });
});

test("one operand is a service of the sandbox that is up, and lines may be JSON", async () => {
  const { stdout } = await project.nestbox(["logs", "ticker", "--tail", "4", "--json"]);
  const lines = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines)
    expect(line).toEqual({
      ...{ schema: 1, sandbox: "shop", service: "ticker" },
      stream: expect.stringMatching(/^std(out|err)$/),
      text: expect.stringMatching(/^t[io]ck \d+$/),
    });
});

test("logs follow until an interruption", async () => {
  const command = project.start(["logs", "ticker", "--follow", "--since", "1s"]);
  await command.printed(/^tick \d+\n(?:.|\n)*^tick \d+$/m);
  command.process.kill("SIGINT");
  expect(await command.ended).toMatchObject({ exitCode: 130, stderr: "" });
});

test("logs end quietly with their reader", async () => {
  const words = [PUBLISHED_COMMAND, "--project", project.folder, "logs", "shop", "ticker", "-f"];
  const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "pipe"] });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (part: string) => {
    stderr += part;
  });
  const ended = new Promise<number | null>((resolve) => {
    child.on("close", resolve);
  });
  child.stdout.once("data", () => child.stdout.destroy());
  expect({ exitCode: await ended, stderr }).toEqual({ exitCode: 141, stderr: "" });
});

test("following ends with the service, whose last output stays", async () => {
  const command = project.start(["logs", "shop", "brief", "-f"]);
  await command.printed(/the last word/);
  expect(await project.nestbox(["exec", "brief", "--", "touch", "/end"])).toMatchObject({ exitCode: 0 });
  expect(await command.ended).toMatchObject({ exitCode: 0 });
  expect(await project.nestbox(["logs", "brief"])).toMatchObject({ exitCode: 0, stdout: "the last word\n" });
  const refused = await project.nestbox(["exec", "brief", "--", "true"]);
  expect(refused).toMatchObject({
    exitCode: 2,
    stderr: expect.stringMatching(/^error shop\.services\.brief: does not run, .*\n(?:.|\n)*the last word/),
  });
  // Others are used as before.
  expect(await project.nestbox(["exec", "cache", "--", "true"])).toMatchObject({ exitCode: 0 });
});

test("a command's streams and exit code pass; without a terminal it gets none", async () => {
  const child = spawn(
    process.execPath,
    [
      PUBLISHED_COMMAND,
      "--project",
      project.folder,
      "exec",
      "shop",
      "cache",
      "--",
      "sh",
      "-c",
      "cat; echo oops >&2; tty; exit 7",
    ],
    { stdio: ["pipe", "pipe", "pipe"] },
  );
  const text = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name].setEncoding("utf8").on("data", (part: string) => {
      text[name] += part;
    });
  child.stdin.end("passed through\n");
  const exitCode = await new Promise((resolve) => {
    child.on("close", resolve);
  });
  expect({ exitCode, ...text }).toEqual({
    exitCode: 7,
    stdout: "passed through\nnot a tty\n",
    stderr: "oops\n",
  });
});

test("a command in a terminal gets one, whose size follows; it is restored afterwards", async () => {
  const output = await inTerminal(
    ["exec", "cache", "--", "sh"],
    [
      { after: "$ ", send: "stty size\r" },
      {
        after: "33 90",
        size: [40, 120],
        send: `sh -c "until stty size | grep '40 120'; do :; done; sleep 99"\r`,
      },
      // Ctrl-C reaches the program, not Nestbox. A shell of its own: between two programs, ash ends with it.
      { after: "40 120\r", send: "\u0003" },
      { after: "$ ", send: "exit 9\r" },
    ],
  );
  expect(output).toContain("ended with 9, restored");
});

test("-T gives no terminal, and an error restores it", async () => {
  expect(await inTerminal(["exec", "-T", "cache", "--", "tty"], [])).toMatch(
    /not a tty\s+ended with 1, restored/,
  );
  expect(await inTerminal(["exec", "cache", "--", "no-such-program"], [])).toMatch(
    /ended with 127, restored/,
  );
});

test("connect runs the client with its password, and more arguments", async () => {
  const { exitCode, stdout } = await project.nestbox(["connect", "cache", "--", "ping"]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "PONG\n" });
  const output = await inTerminal(
    ["connect", "shop", "cache"],
    [
      { after: "> ", send: "echo works\r" },
      { after: '"works"', send: "quit\r" },
    ],
  );
  expect(output).toContain("ended with 0, restored");
});

test.each([
  [["exec", "cache"], /^error COMMAND: is missing; write it after --: nestbox exec cache -- sh/],
  [["exec", "--", "ls"], /^error SERVICE: is missing/],
  [["exec", "a", "b", "c", "--", "ls"], /^error c: is one word too many/],
  [
    ["exec", "shop", "nope", "--", "ls"],
    /^error no service "nope" in sandbox "shop"; it has cache, ticker, brief/,
  ],
  [["exec", "nope", "--", "ls"], /^error no sandbox or service "nope"; there are shop \(cache, .*other \(/],
  [["exec", "lone", "--", "ls"], /^error sandbox "other": is not up/],
  [
    ["connect", "ticker"],
    /^error shop\.services\.ticker: has no client; .*nestbox exec shop ticker -- PROGRAM/,
  ],
  [["logs", "nope"], /^error no sandbox or service "nope"/],
  [["logs", "other"], /^error sandbox "other": is not up/],
  [["logs", "--since", "yesterday"], /^error --since: "yesterday" is not a duration/],
  [["logs", "--tail", "-1"], /^error --tail: "-1" is not a number/],
])("%j is refused", async (words, message) => {
  // A line before it may name a sandbox of another test that has ended.
  const inLine = new RegExp(message, "m");
  expect(await project.nestbox(words)).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(inLine) });
});

test("a command that the image lacks, or that cannot be run, ends as in a shell", async () => {
  for (const [program, exitCode] of [
    ["no-such-program", 127],
    ["/etc/passwd", 126],
  ] as const)
    expect(await project.nestbox(["exec", "ticker", "--", program])).toMatchObject({
      exitCode,
      stderr: expect.stringContaining(`its image cannot run "${program}"`),
    });
});

test("an engine that vanishes while logs follow is an error", async () => {
  const proxy = await engineProxy(() => ({}));
  try {
    const command = project.start(["logs", "shop", "-f"], proxy.environment);
    await command.printed(/tick/);
    proxy.close();
    expect(await command.ended).toMatchObject({
      exitCode: 2,
      // The removal of another, abandoned sandbox may precede it.
      stderr: expect.stringMatching(/^error the Docker engine at \S+ no longer answers .*\n$/m),
    });
  } finally {
    proxy.close();
  }
});

test("following ends when somebody removes the container", async () => {
  const command = project.start(["logs", "shop", "ticker", "-f"]);
  await command.printed(/tick/);
  const [container] = (await owned()).filter(
    ({ kind, labels }) => kind === "container" && labels[LABEL.part] === "ticker",
  );
  await commandDocker(engineHost(process.env), {
    method: "DELETE",
    path: `/containers/${container?.id}?force=true`,
  });
  expect(await command.ended).toMatchObject({ exitCode: 0 });
});
