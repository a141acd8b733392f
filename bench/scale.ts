import { execFile, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { loadavg } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { connect, engineHost } from "../src/docker/client.ts";
import { removeLeftovers } from "../src/docker/leftovers.ts";
import { readMemory } from "../src/docker/memory.ts";
import { LABEL } from "../src/model/labels.ts";
import { uniqueName } from "../src/model/names.ts";
import { ownerOf } from "../src/stacks/stack-identity.ts";
import { median } from "./pairs.ts";
import { type Composed, composeOnStockEngine, composeSandboxes } from "./scale-compose.ts";
import { early, edgeOf, late } from "./scale-growth.ts";
import { type JobAnswers, jobAnswers, type ScaleProject, scaleProject } from "./scale-project.ts";
import { MOST_GROWTH, scaleProblems } from "./scale-verdict.ts";

/** How many sandboxes each stack in between has. */
const MANY = 10;
/** How many jobs run at once: most of the time they wait for those who are silent. */
const JOBS_AT_ONCE = 6;
/** As many as Docker's own address pools hold, about. */
const COMPOSE_PROJECTS = 30;

/** A line of the table. */
export type AddRow = (...cells: readonly [string, string, string]) => void;

/** A sandbox that is to be there. */
interface Member {
  readonly branch: string;
  readonly owner: string;
  readonly sandbox: string;
}

/** A sandbox whose Redis is there. */
interface Reachable extends Member {
  readonly container: string;
  readonly address: string;
}

/**
 * Brings compose projects up and removes them; then stacks of branches, one by one, until so many sandboxes
 * are there at once: first and last stacks of one sandbox, larger ones in between. Each runs its own job, in
 * a container of its own on its own network, which asks its own Redis and three others'. What fails is
 * counted, and the rest goes on. What it has made is gone in the end; where it is killed, `nestbox gc`
 * removes it after a day.
 * @returns what is not as it is promised, in words
 */
export async function scale(
  repository: string,
  sandboxes: number,
  addRow: AddRow,
): Promise<readonly string[]> {
  const problems: string[] = [];
  await compose(sandboxes, addRow).catch(({ message }: Error) => problems.push(`compose: ${message}`));
  const project = scaleProject(repository, MANY);
  const sizes = edgedSizes(sandboxes);
  const members = sizes.flatMap((size, index) => membersOf(project, `bench/${index + 1}`, size));
  try {
    const before = availableMemory();
    const growth = await bringUpAll(repository, project, sizes, addRow);
    const reachable = await readReachable(members);
    await addMemory("memory of the machine, each", before, reachable, addRow);
    addRow("sandboxes at once", String(reachable.length), `${sizes.length} stacks, load ${load()}`);
    const answers = await runJobs(repository, project, reachable);
    const own = answers.filter((one) => one.own).length;
    const asked = sum(answers.map((one) => one.asked));
    const strangers = sum(answers.map((one) => one.strangers));
    addRow("that answer their own job", `${own} of ${sandboxes}`, "");
    addRow("answers to jobs of others", `${strangers} of ${asked}`, "");
    problems.push(...scaleProblems({ sandboxes, own, asked, strangers, growth }));
  } finally {
    tell("removing all");
    problems.push(...(await removeAll(new Set(members.map(({ owner }) => owner)))));
    project.remove();
  }
  return problems;
}

async function compose(sandboxes: number, addRow: AddRow): Promise<void> {
  const count = Math.min(COMPOSE_PROJECTS, sandboxes);
  const before = availableMemory();
  const alike = await composeSandboxes(count, (containers) =>
    addMemory("compose: memory of the machine, each", before, containers, addRow),
  );
  addComposed("compose", alike, addRow);
  const stock = await composeOnStockEngine(sandboxes);
  addRow("compose projects on a stock engine", String(stock.times.length), stock.refusal ?? "all of them");
  addComposed("compose on a stock engine", stock, addRow);
}

function addComposed(what: string, { times, refusal, execution }: Composed, addRow: AddRow): void {
  const edge = edgeOf(times.length);
  const note = `docker exec alone: ${milliseconds(execution)}`;
  addRow(`${what}: creation of one, up to the ${edge}th`, milliseconds(early(times)), note);
  addRow(`${what}: the last of ${times.length}`, milliseconds(late(times)), refusal ?? "");
}

function membersOf({ folder }: ScaleProject, branch: string, size: number): readonly Member[] {
  const backend = `file://${path.join(folder, "state")}`;
  const owner = ownerOf({ project: "nestbox", stack: uniqueName(branch), backend });
  return Array.from({ length: size }, (_, index) => ({ branch, owner, sandbox: `s${index + 1}` }));
}

/** Brings every stack up, and compares the last with those around the tenth. */
async function bringUpAll(
  repository: string,
  project: ScaleProject,
  sizes: readonly number[],
  addRow: AddRow,
): Promise<number> {
  const times: number[] = [];
  const starts: number[] = [];
  for (const [index, size] of sizes.entries()) {
    project.useSandboxes(size);
    const start = nodeStart();
    const began = performance.now();
    const { complaint } = await nestbox(repository, project, ["up", `--branch=bench/${index + 1}`]);
    const time = performance.now() - began;
    tell(
      `stack ${index + 1} of ${sizes.length}: ${size} in ${milliseconds(time)}, load ${load()}${complaint}`,
    );
    if (complaint !== "") continue;
    times.push(time);
    starts.push(start);
  }
  const growth = late(times) / early(times);
  const inStarts = growth / (late(starts) / early(starts));
  const edge = edgeOf(times.length);
  const start = (value: number) => `node -e 0: ${milliseconds(value)}`;
  addRow(`creation of one, up to the ${edge}th`, milliseconds(early(times)), start(early(starts)));
  addRow("creation of one, the last ones", milliseconds(late(times)), start(late(starts)));
  addRow(
    "the latter to the former",
    factor(growth),
    `at most ${factor(MOST_GROWTH)}; in node -e 0: ${factor(inStarts)}`,
  );
  return growth;
}

interface CommandEnd {
  readonly stdout: string;
  /** The last that was said of why it failed; empty where it did not. */
  readonly complaint: string;
}

async function nestbox(
  repository: string,
  { folder, environment }: ScaleProject,
  words: readonly string[],
  more: NodeJS.ProcessEnv = {},
): Promise<CommandEnd> {
  const command = [path.join(repository, "src", "cli", "main.mjs"), "--project", folder, ...words];
  try {
    const options = { env: { ...environment, ...more } };
    return { stdout: (await promisify(execFile)(process.execPath, command, options)).stdout, complaint: "" };
  } catch (error) {
    const {
      stdout = "",
      stderr = "",
      message,
    } = error as Error & Partial<Record<"stdout" | "stderr", string>>;
    return { stdout, complaint: `: ${(stderr || message).trim().split("\n").slice(-2).join(" ")}` };
  }
}

/** How long the machine takes, right now, for something that has nothing to do with sandboxes. */
function nodeStart(): number {
  const started = performance.now();
  spawnSync(process.execPath, ["-e", "0"]);
  return performance.now() - started;
}

/** Looks which of them have their Redis, on exactly one network. */
async function readReachable(members: readonly Member[]): Promise<readonly Reachable[]> {
  const label = [`${LABEL.kind}=service`];
  const containers = await (await connect()).listContainers({ filters: { label } });
  return members.flatMap((member) =>
    containers.flatMap(({ Id, Labels, NetworkSettings }) => {
      if (Labels[LABEL.owner] !== member.owner || Labels[LABEL.sandbox] !== member.sandbox) return [];
      const [network, ...others] = Object.values(NetworkSettings.Networks);
      return network && others.length === 0 ? [{ ...member, container: Id, address: network.IPAddress }] : [];
    }),
  );
}

/**
 * Runs the job of each: it asks its own Redis, and those of the two after it and of the one farthest away.
 */
async function runJobs(
  repository: string,
  project: ScaleProject,
  reachable: readonly Reachable[],
): Promise<readonly JobAnswers[]> {
  const count = reachable.length;
  tell(`running ${count} jobs`);
  const all = [...reachable.entries()];
  // A branch's sandboxes are those that its checkout says, and here one checkout stands for all branches.
  const bySize = Map.groupBy(all, ([, { branch }]) => all.filter(([, one]) => one.branch === branch).length);
  const answers: JobAnswers[] = [];
  for (const [size, members] of bySize) {
    project.useSandboxes(size);
    answers.push(...(await inTurn(members, ask)));
  }
  return answers;

  async function ask([index, { branch, sandbox }]: readonly [number, Reachable]): Promise<JobAnswers> {
    const steps = [...new Set([1, 2, Math.floor(count / 2)].filter((step) => step % count !== 0))];
    const strangers = steps.map((step) => reachable[(index + step) % count]?.address);
    const environment = { BENCH_STRANGERS: strangers.join(" ") };
    const words = ["run", sandbox, `--branch=${branch}`];
    const { stdout, complaint } = await nestbox(repository, project, words, environment);
    const answers = jobAnswers(stdout);
    if (!answers.own || answers.strangers > 0 || complaint !== "")
      tell(`${branch} ${sandbox}: ${JSON.stringify(answers)}${complaint}`);
    return answers;
  }
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
  await Promise.all(Array.from({ length: JOBS_AT_ONCE }, worker));
  return results;
}

/**
 * Removes what each owner has, twice where the engine was not ready for it. Gives what could not be removed,
 * in words.
 */
async function removeAll(owners: ReadonlySet<string>): Promise<readonly string[]> {
  const docker = await connect();
  const complaints: string[] = [];
  for (const owner of owners) {
    await removeLeftovers(docker, owner)
      .catch(() => removeLeftovers(docker, owner))
      .catch(({ message }: Error) => complaints.push(`not removed: ${message}`));
  }
  return complaints;
}

/** How many sandboxes each stack has, for so many in all. */
function edgedSizes(sandboxes: number): readonly number[] {
  const edge = Array.from({ length: edgeOf(sandboxes) }, () => 1);
  const between = sandboxes - 2 * edge.length;
  const large = Array.from({ length: Math.floor(between / MANY) }, () => MANY);
  return [...edge, ...large, ...(between % MANY > 0 ? [between % MANY] : []), ...edge];
}

/** What the machine has less than before, by container, beside what each container uses itself. */
async function addMemory(
  what: string,
  before: number,
  containers: readonly { readonly container: string }[],
  addRow: AddRow,
): Promise<void> {
  const taken = (before - availableMemory()) / containers.length;
  const ids = containers.map(({ container }) => container);
  const alone = median([...(await readMemory(engineHost(), ids)).values()]);
  addRow(what, megabytes(taken), `Redis alone: ${megabytes(alone)}`);
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
