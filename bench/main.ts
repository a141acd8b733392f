import { spawnSync } from "node:child_process";
import path from "node:path";
import { parseArgs } from "node:util";
import { table } from "../src/cli/tables/table.ts";
import { clusterOf } from "../src/kubernetes/api/cluster.ts";
import { readContext } from "../src/kubernetes/api/kubeconfig.ts";
import { clusterSandboxes, clusterScale, withCluster } from "./cluster.ts";
import { clusterLifecycle } from "./cluster-lifecycle.ts";
import { type FreshTimes, freshSandboxes } from "./fresh.ts";
import { clusterForKills } from "./kill-in-cluster.ts";
import { ENGINE } from "./kill-on-engine.ts";
import { kills } from "./kills.ts";
import { inPairs, median, type Pairs, ratio } from "./pairs.ts";
import { programEvaluation } from "./program-evaluation.ts";
import { dindReadiness, type ReadyTimes, redisReadiness } from "./readiness.ts";
import { scale } from "./scale.ts";
import { stackLifecycle } from "./stack-lifecycle.ts";

/**
 * The measurements of docs/benchmarks.md, each with its comparison in the same run.
 * Arguments: `[ROUNDS]`, only stacks `stack [ROUNDS]`, only sandboxes without a stack `fresh [ROUNDS]`,
 * only a Kubernetes cluster `cluster [ROUNDS]`, `scale [SANDBOXES]`, or
 * `kills [COUNT] [--seed N] [--target kubernetes]`.
 */
const folder = process.cwd();
const {
  positionals: [what = "5", count],
  values: { seed, target },
} = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: "string", default: String(Date.now() % 10_000) },
    target: { type: "string", default: "docker" },
  },
});
const rounds = Number(["stack", "fresh", "cluster"].includes(what) ? (count ?? "5") : what);
const HEADER = ["", "Nestbox", "comparison", "ratio or difference"];
const rows: string[][] = [];

if (what === "scale") {
  let problems: readonly string[] = ["the run did not finish"];
  try {
    problems = await scale(folder, Number(count ?? "200"), (...row) => rows.push(row));
  } finally {
    process.stdout.write(`${table(rows)}\n`);
    for (const problem of problems) process.stderr.write(`✗ ${problem}\n`);
  }
  process.exit(problems.length === 0 ? 0 : 1);
}

if (what === "kills") {
  const amount = { count: Number(count ?? "500"), seed: Number(seed) };
  const { killed, missed, problems } = await (target === "kubernetes"
    ? withCluster(folder, () => kills(folder, clusterForKills(clusterOf(readContext())), amount))
    : kills(folder, ENGINE, amount));
  for (const problem of problems) process.stderr.write(`✗ ${problem}\n`);
  process.stdout.write(
    `seed ${seed}: ${killed} commands killed, ${missed} had ended before, ${problems.length} problems\n`,
  );
  process.exit(problems.length === 0 ? 0 : 1);
}

if (what === "stack") {
  await compareLifecycles();
  process.stdout.write(`${table([HEADER, ...rows])}\n`);
  process.exit();
}

if (what === "cluster") {
  await compare("run --fresh in a cluster until ready, against kubectl apply and wait", () =>
    clusterSandboxes(folder, rounds),
  );
  await compare("the last five of 50 in a cluster, against the ninth to the thirteenth", () =>
    clusterScale(folder, 50),
  );
  await compareClusterLifecycles();
  process.stdout.write(`${table([HEADER, ...rows])}\n`);
  process.exit();
}

if (what === "fresh") {
  await compareFresh();
  process.stdout.write(`${table([HEADER, ...rows])}\n`);
  process.exit();
}

await compare("evaluating the program, 1 sandbox", () => programEvaluation(folder, 1, rounds));
await compare("evaluating the program, 10 sandboxes", () => programEvaluation(folder, 10, rounds));
await compare("evaluating the program, 100 sandboxes", () =>
  programEvaluation(folder, 100, Math.ceil(rounds / 2)),
);
await compareLifecycles();
await compareFresh();
await compare("a set-up with nothing to do, against node -e 0", repeatedSetUp);
await time("Redis, from its container's start", redisReadiness);
await time("Docker-in-Docker without TLS", () => dindReadiness(false));
await time("Docker-in-Docker with TLS", () => dindReadiness(true));
process.stdout.write(`${table([HEADER, ...rows])}\n`);

async function compare(what: string, work: () => Promise<Pairs>): Promise<void> {
  process.stderr.write(`… ${what}\n`);
  addPairs(what, await work());
}

async function compareLifecycles(): Promise<void> {
  process.stderr.write("… a stack of one sandbox\n");
  const { nestbox, byHand, compose } = await stackLifecycle(folder, rounds);
  for (const [step, what] of [
    ["up", "up of a new branch's stack"],
    ["unchanged", "an unchanged up"],
    ["down", "removal"],
  ] as const) {
    addPairs(`${what}, against a hand-written program's`, { one: nestbox[step], other: byHand[step] });
    addPairs(`${what}, against docker compose`, { one: nestbox[step], other: compose[step] });
  }
}

async function compareClusterLifecycles(): Promise<void> {
  process.stderr.write("… a stack of one sandbox in a cluster\n");
  const { nestbox, byHand } = await clusterLifecycle(folder, rounds);
  for (const [step, what] of [
    ["up", "up of a new branch's stack in a cluster"],
    ["unchanged", "an unchanged up in a cluster"],
    ["down", "removal in a cluster, until the namespace goes"],
  ] as const)
    addPairs(`${what}, against a hand-written program's`, { one: nestbox[step], other: byHand[step] });
}

function repeatedSetUp(): Promise<Pairs> {
  const time = async (...words: string[]) => {
    const started = performance.now();
    const { status, stderr } = spawnSync(process.execPath, words, { cwd: folder, encoding: "utf8" });
    if (status !== 0) throw new Error(`${words.join(" ")} exited with ${status}: ${stderr}`);
    return performance.now() - started;
  };
  const list = () => time(path.join(folder, "src", "setup", "bootstrap.mjs"), "ls", "--json");
  return inPairs(rounds, list, () => time("-e", "0"));
}

async function compareFresh(): Promise<void> {
  process.stderr.write("… a sandbox without a stack\n");
  const { nestbox, compose, testcontainers } = await freshSandboxes(rounds);
  for (const [moment, what] of [
    ["ready", "until ready"],
    ["removed", "until removed"],
  ] as const) {
    const of = (times: readonly FreshTimes[]) => times.map((time) => time[moment]);
    addPairs(`run --fresh ${what}, against docker compose`, { one: of(nestbox), other: of(compose) });
    addPairs(`run --fresh ${what}, against testcontainers`, { one: of(nestbox), other: of(testcontainers) });
  }
}

function addPairs(what: string, pairs: Pairs): void {
  rows.push([what, milliseconds(pairs.one), milliseconds(pairs.other), `× ${ratio(pairs).toFixed(2)}`]);
}

async function time(what: string, work: () => Promise<ReadyTimes>): Promise<void> {
  process.stderr.write(`… ${what}\n`);
  let last: ReadyTimes = { probe: 0, client: 0 };
  const once = async () => {
    last = await work();
    return last.probe;
  };
  const pairs = await inPairs(rounds, once, async () => last.client);
  const later = pairs.one.map((value, index) => value - (pairs.other[index] ?? 0));
  rows.push([
    `${what}: probe, and first answer`,
    milliseconds(pairs.one),
    milliseconds(pairs.other),
    `+ ${milliseconds(later)}`,
  ]);
}

function milliseconds(values: readonly number[]): string {
  return `${Math.round(median(values))} ms`;
}
