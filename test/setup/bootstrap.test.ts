import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";

const REPOSITORY = join(__dirname, "../..");

let project: string;

/**
 * A project with the real bootstrap and a double of npm, which records its runs and installs a link to this
 * Node.
 */
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), "nestbox-bootstrap-"));
  for (const file of ["src/setup/bootstrap.mjs", "src/machine/lock.cjs", "src/machine/lock-folder.cjs"]) {
    cpSync(join(REPOSITORY, file), join(project, file));
  }
  write(
    "package-lock.json",
    JSON.stringify({ packages: { "": {}, "node_modules/a": { version: "1.0.0" } } }),
  );
  write(
    "bin/npm",
    `#!/bin/sh
echo "$*" >>npm-ran
[ ! -e npm-fails ] || { echo "the registry is away"; exit 7; }
mkdir -p node_modules/.bin
ln -sf ${process.execPath} node_modules/.bin/node`,
  );
  chmodSync(join(project, "bin/npm"), 0o755);
  write("src/cli/main.mjs", "console.log(process.argv.slice(2).join(' '));");
});

afterEach(() => {
  rmSync(project, { recursive: true });
});

function write(file: string, content: string): void {
  mkdirSync(dirname(join(project, file)), { recursive: true });
  writeFileSync(join(project, file), content);
}

function start(...args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [join(project, "src/setup/bootstrap.mjs"), ...args], {
    env: { ...process.env, PATH: `${join(project, "bin")}:${process.env.PATH}` },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function end(child: ChildProcess): Promise<Ending> {
  const text = { stdout: "", stderr: "" };
  child.stdout?.on("data", (data) => {
    text.stdout += data;
  });
  child.stderr?.on("data", (data) => {
    text.stderr += data;
  });
  const [code, signal] = await once(child, "close");
  return { code, signal, ...text };
}

function timesNpmRan(): number {
  const file = join(project, "npm-ran");
  return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n").length : 0;
}

test("packages are installed once, and after a change of the lock file", async () => {
  expect(await end(start("up", "--json"))).toMatchObject({ code: 0, stdout: "up --json\n" });
  expect(await end(start())).toMatchObject({ code: 0, stderr: "" });
  expect(timesNpmRan()).toBe(1);
  write(
    "package-lock.json",
    JSON.stringify({ packages: { "": {}, "node_modules/a": { version: "2.0.0" } } }),
  );
  await end(start());
  expect(timesNpmRan()).toBe(2);
});

test("packages that npm installed from the same lock file are not installed again", async () => {
  mkdirSync(join(project, "node_modules/.bin"), { recursive: true });
  await end(spawn("ln", ["-s", process.execPath, join(project, "node_modules/.bin/node")]));
  write(
    "node_modules/.package-lock.json",
    JSON.stringify({ packages: { "node_modules/a": { version: "1.0.0" } } }),
  );
  await end(start());
  expect(timesNpmRan()).toBe(0);
});

test("a workspace without its link is installed, one with its link is not", async () => {
  const link = { resolved: "airgap", link: true };
  const packages = { "": {}, airgap: { version: "0.1.0" }, "node_modules/nestbox-airgap": link };
  write("package-lock.json", JSON.stringify({ packages }));
  write("node_modules/.package-lock.json", JSON.stringify({ packages: {} }));
  mkdirSync(join(project, "node_modules/.bin"), { recursive: true });
  symlinkSync(process.execPath, join(project, "node_modules/.bin/node"));
  mkdirSync(join(project, "airgap"));
  symlinkSync("../airgap", join(project, "node_modules/nestbox-airgap"));
  await end(start());
  expect(timesNpmRan()).toBe(0);
  rmSync(join(project, "node_modules/.nestbox-installed"));
  rmSync(join(project, "node_modules/nestbox-airgap"));
  await end(start());
  expect(timesNpmRan()).toBe(1);
});

test("concurrent processes install once", async () => {
  const both = await Promise.all([end(start("one")), end(start("two"))]);
  expect(both.map(({ stdout }) => stdout)).toEqual(["one\n", "two\n"]);
  expect(timesNpmRan()).toBe(1);
});

test("a failed installation shows the reason, and the next process repeats it", async () => {
  write("npm-fails", "");
  const failed = await end(start());
  expect(failed).toMatchObject({ code: 1, stdout: "" });
  expect(failed.stderr).toContain("the registry is away\nerror npm install ended with 7\n");
  rmSync(join(project, "npm-fails"));
  expect(await end(start("again"))).toMatchObject({ code: 0, stdout: "again\n" });
});

test("exit codes and signals are passed on", async () => {
  write("src/cli/main.mjs", "process.exitCode = 7;");
  expect(await end(start())).toMatchObject({ code: 7, signal: null });

  write(
    "src/cli/main.mjs",
    'process.once("SIGTERM", () => process.exit(9)); setInterval(() => {}, 1000); console.log("up");',
  );
  const listening = start();
  listening.stdout?.once("data", () => listening.kill("SIGTERM"));
  expect(await end(listening)).toMatchObject({ code: 9 });

  write("src/cli/main.mjs", 'process.kill(process.pid, "SIGKILL"); setInterval(() => {}, 1000);');
  expect(await end(start())).toMatchObject({ code: null, signal: "SIGKILL" });
});
