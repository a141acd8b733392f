import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { clusterSandboxes, clusterScale } from "./cluster.ts";
import { clusterLifecycle } from "./cluster-lifecycle.ts";
import { freshSandboxes } from "./fresh.ts";
import { programEvaluation } from "./program-evaluation.ts";
import { dindReadiness, redisReadiness } from "./readiness.ts";
import { inPairs, inRounds, median, type Pair, type Round, timed } from "./rounds.ts";
import { stackLifecycle } from "./stack-lifecycle.ts";

/** The rows of a table. */
type Rows = AsyncGenerator<readonly string[]>;

/** Everything that needs an engine alone. */
export async function* compareAll(folder: string, rounds: number): Rows {
  for (const [title, sandboxes, ofThem] of [
    ["1 sandbox", 1, rounds],
    ["10 sandboxes", 10, rounds],
    ["100 sandboxes", 100, Math.ceil(rounds / 2)],
  ] as const)
    yield ratioRow(`evaluating the program, ${title}`, () => programEvaluation(folder, sandboxes, ofThem));
  yield* compareStacks(folder, rounds);
  yield* compareFresh(folder, rounds);
  yield ratioRow("a set-up with nothing to do, against node -e 0", () => repeatedSetUp(folder, rounds));
  for (const [title, measure] of [
    ["Redis, from its container's start", redisReadiness],
    ["Docker-in-Docker without TLS", () => dindReadiness(false)],
    ["Docker-in-Docker with TLS", () => dindReadiness(true)],
  ] as const) {
    announce(title);
    const times = await inRounds(rounds, measure);
    const later = milliseconds(times.map(([probe, client]) => probe - client));
    yield row(`${title}: probe, and first answer`, times, `+ ${later}`);
  }
}

export async function* compareStacks(folder: string, rounds: number): Rows {
  announce("a stack of one sandbox");
  yield* stepRows(
    await stackLifecycle(folder, rounds),
    { up: "up of a new branch's stack", unchanged: "an unchanged up", down: "removal" },
    { byHand: "a hand-written program's", compose: "docker compose" },
  );
}

export async function* compareFresh(_folder: string, rounds: number): Rows {
  announce("a sandbox without a stack");
  yield* stepRows(
    await freshSandboxes(rounds),
    { ready: "run --fresh until ready", removed: "run --fresh until removed" },
    { compose: "docker compose", testcontainers: "testcontainers" },
  );
}

export async function* compareCluster(folder: string, rounds: number): Rows {
  yield ratioRow("run --fresh in a cluster until ready, against kubectl apply and wait", () =>
    clusterSandboxes(folder, rounds),
  );
  yield ratioRow("the last five of 50 in a cluster, against the ninth to the thirteenth", () =>
    clusterScale(folder, 50),
  );
  announce("a stack of one sandbox in a cluster");
  yield* stepRows(
    await clusterLifecycle(folder, rounds),
    {
      up: "up of a new branch's stack in a cluster",
      unchanged: "an unchanged up in a cluster",
      down: "removal in a cluster, until the namespace goes",
    },
    { byHand: "a hand-written program's" },
  );
}

function repeatedSetUp(folder: string, rounds: number): Promise<readonly Pair[]> {
  const node = (...words: string[]) => promisify(execFile)(process.execPath, words, { cwd: folder });
  const bootstrap = path.join(folder, "src", "setup", "bootstrap.mjs");
  return inPairs(
    rounds,
    () => timed(() => node(bootstrap, "ls", "--json")),
    () => timed(() => node("-e", "0")),
  );
}

/** Compares steps of Nestbox with those of others. */
function* stepRows<Step extends string, Other extends string>(
  times: readonly Round<Other | "nestbox", Step>[],
  steps: Readonly<Record<Step, string>>,
  others: Readonly<Record<Other, string>>,
): Generator<readonly string[]> {
  for (const [step, what] of Object.entries<string>(steps) as [Step, string][])
    for (const [other, whose] of Object.entries<string>(others) as [Other, string][]) {
      const pairs = times.map((round): Pair => [round.nestbox[step], round[other][step]]);
      yield pairRow(`${what}, against ${whose}`, pairs);
    }
}

async function ratioRow(what: string, work: () => Promise<readonly Pair[]>): Promise<readonly string[]> {
  announce(what);
  return pairRow(what, await work());
}

function pairRow(what: string, pairs: readonly Pair[]): readonly string[] {
  return row(what, pairs, `× ${median(pairs.map(([one, other]) => one / other)).toFixed(2)}`);
}

function row(what: string, pairs: readonly Pair[], difference: string): readonly string[] {
  return [
    what,
    milliseconds(pairs.map(([one]) => one)),
    milliseconds(pairs.map(([, other]) => other)),
    difference,
  ];
}

function milliseconds(values: readonly number[]): string {
  return `${Math.round(median(values))} ms`;
}

function announce(what: string): void {
  process.stderr.write(`… ${what}\n`);
}
