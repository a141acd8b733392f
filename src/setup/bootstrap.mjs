// Installs the npm packages, the project's Node among them, and starts the command: VERB ARGUMENT…, or a task
// of this repository: test, test:cluster, test:engines or bench.
// Plain JavaScript for Node 18 or newer, because it runs before anything is installed.
import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { acquireLock } from "../machine/lock.cjs";

const PROJECT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const MODULES = join(PROJECT, "node_modules");
const LOCK_FILE = join(PROJECT, "package-lock.json");
const NODE = join(MODULES, ".bin", "node");
/** Holds the hash of the package-lock.json that node_modules was installed from. */
const STAMP = join(MODULES, ".nestbox-installed");

await installPackages();
const words = process.argv.slice(2);
const isTask = ["test", "test:cluster", "test:engines", "bench"].includes(words[0] ?? "");
handOver(NODE, [join(PROJECT, "src", "cli", isTask ? "project-task.ts" : "main.mjs"), ...words]);

async function installPackages() {
  if (isInstalled()) return;
  const giveBack = await acquireLock(MODULES, (holder) =>
    process.stderr.write(`… npm packages: waiting for process ${holder}\n`),
  );
  if (!isInstalled()) await runNpm();
  await giveBack();
}

function isInstalled() {
  if (!existsSync(NODE)) return false;
  if (existsSync(STAMP)) return readFileSync(STAMP, "utf8") === lockHash();
  if (!isWhatNpmInstalled()) return false;
  writeFileSync(STAMP, lockHash());
  return true;
}

function lockHash() {
  return createHash("sha256").update(readFileSync(LOCK_FILE)).digest("hex");
}

/** Whether npm's own record, which it writes last, has every package of the lock file. */
function isWhatNpmInstalled() {
  const record = join(MODULES, ".package-lock.json");
  if (!existsSync(record)) return false;
  const wanted = JSON.parse(readFileSync(LOCK_FILE, "utf8")).packages;
  const installed = JSON.parse(readFileSync(record, "utf8")).packages;
  return Object.entries(wanted).every(
    ([path, { version, optional, link }]) =>
      optional ||
      (link ? existsSync(join(PROJECT, path)) : isWorkspace(path) || installed[path]?.version === version),
  );
}

/** Whether a path is the project or a workspace, which npm does not install. */
function isWorkspace(path) {
  return !path.startsWith("node_modules/");
}

async function runNpm() {
  rmSync(STAMP, { force: true });
  const endProgress = showProgress("npm packages");
  // Not with the Node in node_modules, which npm is about to remove.
  const path = (process.env.PATH ?? "").split(delimiter).filter((folder) => !folder.startsWith(MODULES));
  // Not `npm ci`, which needs the packages of other platforms: not every registry has them.
  const words = ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"];
  const env = { ...process.env, PATH: path.join(delimiter) };
  try {
    await promisify(execFile)("npm", words, { cwd: PROJECT, env, maxBuffer: Number.POSITIVE_INFINITY });
  } catch ({ code, signal, message, stdout, stderr }) {
    endProgress(false);
    const isEnded = typeof code === "number" || signal;
    const problem = isEnded ? `npm install ended with ${signal ?? code}` : message;
    process.stderr.write(`${stdout}${stderr}error ${problem}\n`);
    process.exit(1);
  }
  endProgress(true);
  writeFileSync(STAMP, lockHash());
}

/** Shows a line as terminal/progress.ts does. Its packages are not installed yet. */
function showProgress(name) {
  const started = Date.now();
  const line = (mark) => {
    const elapsed = `${((Date.now() - started) / 1000).toFixed(1)}s`;
    return `${mark} ${name.padEnd(28)}  ${elapsed.padStart(7)}`;
  };
  const isTerminal = process.stderr.isTTY === true && process.env.TERM !== "dumb";
  if (!isTerminal) process.stderr.write(`… ${name}\n`);
  const timer = isTerminal ? setInterval(() => process.stderr.write(`\r${line("…")}`), 100) : undefined;
  return (isDone) => {
    clearInterval(timer);
    process.stderr.write(`${isTerminal ? "\r" : ""}${line(isDone ? "✓" : "✗")}\n`);
  };
}

/** Runs a program with this process's streams, and passes on signals and the exit code. */
function handOver(program, args) {
  const child = spawn(program, args, { stdio: "inherit" });
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  const passOn = (signal) => {
    // A terminal sends Ctrl-C to the child itself. Many programs treat a second one differently.
    if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
  };
  for (const signal of signals) process.on(signal, passOn);
  child.once("error", (error) => {
    process.stderr.write(`error ${program} cannot be run: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.once("exit", (code, signal) => {
    for (const name of signals) process.off(name, passOn);
    if (signal === null) process.exitCode = code;
    else process.kill(process.pid, signal);
  });
}
