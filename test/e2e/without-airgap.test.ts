import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { removeOwned } from "../../bench/remove-owned.ts";
import { findProgram } from "../../src/machine/programs.ts";
import { ownerOf } from "../../src/stacks/stack-identity.ts";
import { stateAddress } from "../../src/stacks/state-backend.ts";
import type { CommandEnd } from "./user-project.ts";

// A project that installs the package from another folder, without nestbox-airgap.

const REPOSITORY = path.resolve(__dirname, "../..");
const STACK = "without-airgap";
const PROGRAMS = ["pulumi", "pulumi-resource-docker", "pulumi-language-nodejs"];

let folder: string;
let backend: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "nestbox-e2e-"));
  backend = `file://${path.join(folder, "state")}`;
  for (const name of ["state", "bin", "package/node_modules", "project/infra", "project/sandboxes"])
    mkdirSync(path.join(folder, name), { recursive: true });
  for (const name of ["src", "package.json"])
    cpSync(path.join(REPOSITORY, name), path.join(folder, "package", name), { recursive: true });
  for (const name of readdirSync(path.join(REPOSITORY, "node_modules"))) {
    if (name === "nestbox-airgap" || name === ".bin") continue;
    const target = path.join(REPOSITORY, "node_modules", name);
    symlinkSync(target, path.join(folder, "package/node_modules", name));
  }
  mkdirSync(path.join(folder, "project/node_modules"));
  symlinkSync("../../package", path.join(folder, "project/node_modules/nestbox"));
  // The language host looks for the SDK in the project itself.
  const sdk = path.join(REPOSITORY, "node_modules/@pulumi");
  symlinkSync(sdk, path.join(folder, "project/node_modules/@pulumi"));
  for (const name of ["Pulumi.yaml", "infra/index.ts"])
    cpSync(path.join(REPOSITORY, name), path.join(folder, "project", name));
  const write = (file: string, content: string) => writeFileSync(path.join(folder, "project", file), content);
  write("package.json", '{ "type": "module" }');
  write(`Pulumi.${STACK}.yaml`, 'config: { "nestbox:sandboxes": [cache] }');
  write(
    "sandboxes/index.ts",
    `import { sandbox } from "nestbox";
import { redis } from "nestbox/catalog";
const job = { image: "redis:7-alpine", script: ["redis-cli -h redis PING"] };
export default [sandbox("cache", { services: { redis: redis() }, jobs: { ping: job } })];
`,
  );
  for (const name of PROGRAMS)
    symlinkSync(findProgram(name, process.env) ?? "not on PATH", path.join(folder, "bin", name));
});

afterAll(async () => {
  const owner = ownerOf({ project: "nestbox", stack: STACK, backend: stateAddress(backend) });
  await removeOwned(owner);
  rmSync(folder, { recursive: true });
});

/**
 * Runs the command in the project.
 * @param programs a folder on PATH before the system's
 * @param prefix a program that runs it
 */
async function nestbox(
  words: readonly string[],
  programs: string,
  prefix: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): Promise<CommandEnd> {
  const main = path.join(folder, "package/src/cli/main.mjs");
  const [command = "", ...rest] = [...prefix, process.execPath, main, "--stack", STACK, ...words];
  const child = spawn(command, rest, {
    cwd: path.join(folder, "project"),
    env: {
      ...process.env,
      PATH: `${programs}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin`,
      PULUMI_BACKEND_URL: backend,
      PULUMI_HOME: path.join(folder, "pulumi-home"),
      ...environment,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  return { exitCode: code ?? -1, stdout, stderr };
}

test("a stack goes up and down with an existing engine and existing Pulumi programs", async () => {
  const bin = path.join(folder, "bin");
  const up = await nestbox(["up"], bin);
  expect(up.stderr).toMatch(/Docker provider \S+ \(on PATH\), Node language host \(on PATH\)\n/);
  expect(up.exitCode).toBe(0);
  expect((await nestbox(["run", "cache"], bin)).stdout).toContain("PONG");
  expect((await nestbox(["down"], bin)).exitCode).toBe(0);
}, 300_000);

test("an engine that does not answer is an error with the remedy", async () => {
  const hidden = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /run && exec "$@"', "sh"];
  const variables = { DOCKER_HOST: "", HOME: folder, XDG_RUNTIME_DIR: "" };
  const { exitCode, stderr } = await nestbox(["up"], path.join(folder, "bin"), hidden, variables);
  const [message = ""] = /error No Docker engine answers; .*/.exec(stderr) ?? [];
  expect(message).toMatch(
    /; install one .* or set DOCKER_HOST \(root on Debian or Ubuntu can install nestbox-airgap/,
  );
  expect(exitCode).toBe(2);
});

test("missing Pulumi is an error that names the installation", async () => {
  const cache = { NESTBOX_CACHE: path.join(folder, "cache") };
  mkdirSync(path.join(folder, "cache/reachable"), { recursive: true });
  const verdict = JSON.stringify({ answers: false, at: Date.now() });
  writeFileSync(path.join(folder, "cache/reachable/pulumi-downloads"), verdict);
  const { exitCode, stderr } = await nestbox(["up"], path.join(folder, "nothing"), [], cache);
  expect(stderr).toMatch(/error Pulumi CLI and Docker provider: not installed, .*install the Pulumi CLI/s);
  expect(exitCode).toBe(2);
});

test("engine stop finds no engine", async () => {
  const { exitCode, stderr } = await nestbox(["engine", "stop"], path.join(folder, "bin"));
  expect(stderr).toMatch(/nestbox-airgap, which starts engines, is not installed; run npm install/);
  expect(exitCode).toBe(2);
});
