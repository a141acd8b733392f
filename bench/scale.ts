import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { loadavg } from "node:os";
import { promisify } from "node:util";
import { engineHost } from "../src/docker/engine-host.ts";
import { readMemory } from "../src/docker/memory.ts";
import { LABEL } from "../src/model/labels.ts";
import { uniqueName } from "../src/model/names.ts";
import { ownerOf } from "../src/stacks/stack-identity.ts";
import { connect } from "./connect.ts";
import { removeOwned } from "./remove-owned.ts";
import { median, timed } from "./rounds.ts";
import { type ComposeResult, composeOnStockEngine, composeSandboxes } from "./scale-compose.ts";
import { type JobAnswers, jobAnswers, type ScaleProject, scaleProject } from "./scale-project.ts";
import { early, edgeOf, late, MAX_GROWTH, scaleProblems } from "./scale-verdict.ts";

/** The number of sandboxes of each stack in the middle. */
const MANY = 10;
/** The number of concurrent jobs. A job mostly waits for timeouts. */
const CONCURRENT_JOBS = 6;
/** About the number of subnets in Docker's default address pools. */
const COMPOSE_PROJECTS = 30;

export type AddRow = (...cells: readonly [string, string, string]) => void;

interface Member {
  readonly branch: string;
  readonly owner: string;
  readonly sandbox: string;
}

interface Reachable extends Member {
  readonly container: string;
  readonly address: string;
}

/**
 * Creates and removes compose projects, then creates stacks of branches one by one up to the number of
 * sandboxes. The first and last stacks have one sandbox, those in the middle more. The job of each sandbox
 * sends requests to its own Redis and to three others. Failures are counted. All resources are removed at the
 * end; after a kill, `nestbox gc` removes them after a day.
 * @returns the expectations that were not met
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
    const growth = await bringUpAll(project, sizes, addRow);
    const reachable = await readReachable(members);
    const containers = reachable.map(({ container }) => container);
    await addMemory("memory of the machine, each", before, containers, addRow);
    addRow("sandboxes at once", String(reachable.length), `${sizes.length} stacks, load ${load()}`);
    const answers = await runJobs(project, reachable);
    const own = answers.filter((one) => one.own).length;
    const foreignRequests = sum(answers.map((one) => one.foreignRequests));
    const foreignAnswers = sum(answers.map((one) => one.foreignAnswers));
    addRow("sandboxes that answer their own job", `${own} of ${sandboxes}`, "");
    addRow("answers to jobs of others", `${foreignAnswers} of ${foreignRequests}`, "");
    problems.push(...scaleProblems({ sandboxes, own, foreignRequests, foreignAnswers, growth }));
  } finally {
    report("removing all resources");
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

function addComposed(what: string, { times, refusal, execution }: ComposeResult, addRow: AddRow): void {
  const edge = edgeOf(times.length);
  const note = `docker exec alone: ${milliseconds(execution)}`;
  addRow(`${what}: creation of one, up to the ${edge}th`, milliseconds(early(times)), note);
  addRow(`${what}: the last of ${times.length}`, milliseconds(late(times)), refusal ?? "");
}

function membersOf({ environment }: ScaleProject, branch: string, size: number): readonly Member[] {
  const backend = environment.PULUMI_BACKEND_URL;
  const owner = ownerOf({ project: "nestbox", stack: uniqueName(branch), backend });
  return Array.from({ length: size }, (_, index) => ({ branch, owner, sandbox: `s${index + 1}` }));
}

/** Brings all stacks up. Returns the ratio of the last creation times to those around the tenth. */
async function bringUpAll(project: ScaleProject, sizes: readonly number[], addRow: AddRow): Promise<number> {
  const times: number[] = [];
  const starts: number[] = [];
  for (const [index, size] of sizes.entries()) {
    project.useSandboxes(size);
    // The machine without sandboxes.
    const start = await timed(() => promisify(execFile)(process.execPath, ["-e", "0"]));
    const began = performance.now();
    const { failure } = await attempt(project.nestbox(["up", `--branch=bench/${index + 1}`]));
    const time = performance.now() - began;
    const place = `stack ${index + 1} of ${sizes.length}`;
    report(`${place}: ${size} in ${milliseconds(time)}, load ${load()}${failure}`);
    if (failure !== "") continue;
    times.push(time);
    starts.push(start);
  }
  const growth = late(times) / early(times);
  const inStarts = growth / (late(starts) / early(starts));
  const edge = edgeOf(times.length);
  const start = (value: number) => `node -e 0: ${milliseconds(value)}`;
  addRow(`creation of one, up to the ${edge}th`, milliseconds(early(times)), start(early(starts)));
  addRow("creation of one, the last ones", milliseconds(late(times)), start(late(starts)));
  const limits = `at most ${factor(MAX_GROWTH)}; in node -e 0: ${factor(inStarts)}`;
  addRow("ratio of the last ones", factor(growth), limits);
  return growth;
}

/** The output of a command, and the last lines of its error, which are empty on success. */
async function attempt(
  command: Promise<string>,
): Promise<{ readonly stdout: string; readonly failure: string }> {
  try {
    return { stdout: await command, failure: "" };
  } catch (error) {
    const { stdout, stderr } = error as { readonly stdout: string; readonly stderr: string };
    return { stdout, failure: `: ${stderr.trim().split("\n").slice(-2).join(" ")}` };
  }
}

/** The sandboxes with a running Redis on exactly one network. */
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

/** Runs the job of each sandbox, with requests to its own Redis, the next two, and the farthest. */
async function runJobs(
  project: ScaleProject,
  reachable: readonly Reachable[],
): Promise<readonly JobAnswers[]> {
  const count = reachable.length;
  report(`running ${count} jobs`);
  const all = [...reachable.entries()];
  // The checkout declares a branch's sandboxes, and all branches share one checkout here.
  const bySize = Map.groupBy(all, ([, { branch }]) => all.filter(([, one]) => one.branch === branch).length);
  const answers: JobAnswers[] = [];
  for (const [size, members] of bySize) {
    project.useSandboxes(size);
    answers.push(...(await inTurn(members, ask)));
  }
  return answers;

  async function ask([index, { branch, sandbox }]: readonly [number, Reachable]): Promise<JobAnswers> {
    const steps = [...new Set([1, 2, Math.floor(count / 2)].filter((step) => step % count !== 0))];
    const foreignHosts = steps.map((step) => reachable[(index + step) % count]?.address);
    const environment = { BENCH_FOREIGN_HOSTS: foreignHosts.join(" ") };
    const command = project.nestbox(["run", sandbox, `--branch=${branch}`], environment);
    const { stdout, failure } = await attempt(command);
    const answers = jobAnswers(stdout);
    if (!answers.own || answers.foreignAnswers > 0 || failure !== "")
      report(`${branch} ${sandbox}: ${JSON.stringify(answers)}${failure}`);
    return answers;
  }
}

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
  await Promise.all(Array.from({ length: CONCURRENT_JOBS }, worker));
  return results;
}

/** Removes all resources of the owners, with one retry. Returns the errors. */
async function removeAll(owners: ReadonlySet<string>): Promise<readonly string[]> {
  const errors: string[] = [];
  for (const owner of owners) {
    await removeOwned(owner)
      .catch(() => removeOwned(owner))
      .catch(({ message }: Error) => errors.push(`not removed: ${message}`));
  }
  return errors;
}

/** The number of sandboxes of each stack, for a total. */
function edgedSizes(sandboxes: number): readonly number[] {
  const edge = Array.from({ length: edgeOf(sandboxes) }, () => 1);
  const between = sandboxes - 2 * edge.length;
  const large = Array.from({ length: Math.floor(between / MANY) }, () => MANY);
  return [...edge, ...large, ...(between % MANY > 0 ? [between % MANY] : []), ...edge];
}

/** Adds the machine's memory use for each container, and the memory of the container itself. */
async function addMemory(
  what: string,
  before: number,
  containers: readonly string[],
  addRow: AddRow,
): Promise<void> {
  const taken = (before - availableMemory()) / containers.length;
  const alone = median([...(await readMemory(engineHost(process.env), containers)).values()]);
  addRow(what, megabytes(taken), `Redis alone: ${megabytes(alone)}`);
}

function load(): string {
  return (loadavg()[0] ?? 0).toFixed(1);
}

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

function report(text: string): void {
  process.stderr.write(`… ${text}\n`);
}
