import { execFile, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { loadavg } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { connect, engineHost } from "../engine/client.ts";
import { removeLeftovers } from "../engine/leftovers.ts";
import { readMemory } from "../engine/memory.ts";
import { type Possession, readPossessions } from "../engine/possessions.ts";
import { ownerOf } from "../infra/stack-plan.ts";
import { LABEL } from "../sandboxes/model/labels.ts";
import { uniqueName } from "../sandboxes/model/names.ts";
import { median } from "./pairs.ts";
import { composeOnStockEngine, composeSandboxes } from "./scale-compose.ts";
import { type ScaleProject, scaleProject } from "./scale-project.ts";

/** So many stacks of one sandbox come up in the beginning and in the end: those are compared. */
const EDGE = 15;
/** The first of them are not counted: caches fill, and the question is about the tenth. */
const UNCOUNTED = 5;
/** How many sandboxes each stack in between has. */
const MANY = 10;
/** How many questions are asked at once. */
const ASKERS = 8;
/** As many as Docker's own address pools hold, about. */
const COMPOSE_PROJECTS = 30;

/**
 * Brings stacks of branches up, one by one, until so many sandboxes are there at once: first and last stacks of one sandbox, larger ones in between. Asks every Redis from its own network
 * and from others', runs the job of some, and does the same with compose. Tells what it does on standard error, and gives rows of a table as it knows them. What it has made is gone in
 * the end; where it is killed, `nestbox gc` removes it after a day.
 */
export async function* scale(repository: string, sandboxes: number): AsyncGenerator<string[]> {
  const project = scaleProject(repository, MANY);
  const sizes = stackSizes(sandboxes);
  const branches = sizes.map((_, index) => `bench/${index + 1}`);
  const owners = branches.map((branch) => ownerOfBranch(project, branch));
  try {
    const before = availableMemory();
    yield* await bringUpAll(repository, project, sizes, branches);
    const taken = before - availableMemory();
    const possessions = await readPossessions(engineHost());
    const caches = possessions.filter(
      ({ labels }) => owners.includes(labels[LABEL.owner] ?? "") && labels[LABEL.kind] === "service",
    );
    const ids = caches.map(({ id }) => id);
    const alone = median([...(await readMemory(engineHost(), ids)).values()]);
    yield ["sandboxes at once", String(caches.length), `${sizes.length} stacks`];
    yield ["memory, each", megabytes(taken / caches.length), `Redis alone: ${megabytes(alone)}`];
    const answers = await askAll(caches);
    yield ["of which answer their own network", String(answers.own), ""];
    yield ["answers from another's", `${answers.others} of ${answers.asked}`, ""];
    const jobs = await runJobs(repository, project, branches);
    yield ["jobs that pass", `${jobs.passed} of ${jobs.run}`, ""];
    yield await composeSandboxes(Math.min(COMPOSE_PROJECTS, sandboxes));
    yield await composeOnStockEngine(sandboxes);
  } finally {
    tell("removing all");
    const docker = await connect();
    for (const owner of owners) await removeLeftovers(docker, owner);
    project.remove();
  }
}

/** Brings every stack up, and compares the last with those around the tenth. */
async function bringUpAll(
  repository: string,
  project: ScaleProject,
  sizes: readonly number[],
  branches: readonly string[],
): Promise<string[][]> {
  const times: number[] = [];
  const starts: number[] = [];
  for (const [index, branch] of branches.entries()) {
    project.useSandboxes(sizes[index] ?? 1);
    starts.push(nodeStart());
    times.push(await bringUp(repository, project, branch));
    const took = milliseconds(times[index] ?? 0);
    tell(`stack ${index + 1} of ${sizes.length}: ${sizes[index]} in ${took}, load ${load()}`);
  }
  const early = { up: median(firstOf(times)), start: median(firstOf(starts)) };
  const late = { up: median(lastOf(times)), start: median(lastOf(starts)) };
  const growth = late.up / early.up;
  const inStarts = growth / (late.start / early.start);
  return [
    ["up of one, around the 10th", milliseconds(early.up), `node -e 0: ${milliseconds(early.start)}`],
    ["up of one, the last ten", milliseconds(late.up), `node -e 0: ${milliseconds(late.start)}`],
    ["the latter to the former", factor(growth), `in node -e 0: ${factor(inStarts)}`],
    ["load at the end", load(), ""],
  ];
}

function ownerOfBranch({ folder }: ScaleProject, branch: string): string {
  const backend = `file://${path.join(folder, "state")}`;
  return ownerOf({ project: "nestbox", stack: uniqueName(branch), backend });
}

async function bringUp(repository: string, project: ScaleProject, branch: string): Promise<number> {
  const started = performance.now();
  await nestbox(repository, project, "up", `--branch=${branch}`);
  return performance.now() - started;
}

async function nestbox(
  repository: string,
  { folder, environment }: ScaleProject,
  ...words: readonly string[]
): Promise<void> {
  const command = [path.join(repository, "cli", "main.mjs"), "--project", folder, ...words];
  await promisify(execFile)(process.execPath, command, { env: environment });
}

/** How long the machine takes, right now, for something that has nothing to do with sandboxes. */
function nodeStart(): number {
  const started = performance.now();
  spawnSync(process.execPath, ["-e", "0"]);
  return performance.now() - started;
}

interface Answers {
  readonly own: number;
  readonly others: number;
  readonly asked: number;
}

/** Asks every Redis through its alias on its own network, and by its address from the networks of the two after it and of the one farthest away. */
async function askAll(caches: readonly Possession[]): Promise<Answers> {
  const docker = await connect();
  const addresses = await inTurn(caches, async ({ id }) => {
    const { NetworkSettings } = await docker.getContainer(id).inspect();
    return Object.values(NetworkSettings.Networks)[0]?.IPAddress ?? "";
  });
  const ask = async (from: number, host: string, seconds: number) => {
    const words = [
      "exec",
      caches[from]?.id ?? "",
      "timeout",
      String(seconds),
      "redis-cli",
      "-h",
      host,
      "ping",
    ];
    const answer = await promisify(execFile)("docker", words).catch(() => ({ stdout: "" }));
    return answer.stdout.includes("PONG") ? 1 : 0;
  };
  const indexes = caches.map((_, index) => index);
  tell("asking every Redis from its own network");
  const own = await inTurn(indexes, (index) => ask(index, "cache", 60));
  tell("asking every Redis from others'");
  const pairs = indexes.flatMap((index) =>
    [1, 2, Math.floor(caches.length / 2)].map((step) => [(index + step) % caches.length, index] as const),
  );
  const others = await inTurn(pairs, ([from, to]) => ask(from, addresses[to] ?? "", 2));
  return { own: sum(own), others: sum(others), asked: pairs.length };
}

async function runJobs(
  repository: string,
  project: ScaleProject,
  branches: readonly string[],
): Promise<{ readonly passed: number; readonly run: number }> {
  const chosen = branches.filter((_, index) => index % Math.ceil(branches.length / 10) === 0);
  tell(`running the job of ${chosen.length}`);
  let passed = 0;
  for (const branch of chosen) {
    await nestbox(repository, project, "run", "s1", `--branch=${branch}`);
    passed++;
  }
  return { passed, run: chosen.length };
}

/** Works on all, a few at a time. */
async function inTurn<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < items.length; index = next++)
      results[index] = await work(items[index] as Item);
  };
  await Promise.all(Array.from({ length: ASKERS }, worker));
  return results;
}

/** How many sandboxes each stack has, for so many in all. */
function stackSizes(sandboxes: number): readonly number[] {
  const edge = Array.from({ length: Math.min(EDGE, Math.floor(sandboxes / 2)) }, () => 1);
  const between = Math.max(0, sandboxes - 2 * edge.length);
  const large = Array.from({ length: Math.floor(between / MANY) }, () => MANY);
  return [...edge, ...large, ...(between % MANY > 0 ? [between % MANY] : []), ...edge];
}

function firstOf(times: readonly number[]): readonly number[] {
  return times.slice(0, EDGE).slice(UNCOUNTED);
}

function lastOf(times: readonly number[]): readonly number[] {
  return times.slice(-EDGE).slice(UNCOUNTED);
}

function load(): string {
  return (loadavg()[0] ?? 0).toFixed(1);
}

/** In bytes. */
function availableMemory(): number {
  return Number(/^MemAvailable:\s+(\d+) kB/m.exec(readFileSync("/proc/meminfo", "utf8"))?.[1]) * 1024;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function factor(ratio: number): string {
  return `× ${ratio.toFixed(2)}`;
}

function milliseconds(value: number): string {
  return `${Math.round(value)} ms`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

function tell(text: string): void {
  process.stderr.write(`… ${text}\n`);
}
