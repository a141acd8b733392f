import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { builtImages } from "./builds.ts";
import { clusterSandboxes, clusterScale, namespaceSandboxes } from "./cluster.ts";
import { clusterLifecycle } from "./cluster-lifecycle.ts";
import { engineTimes } from "./engines/engine-times.ts";
import { freshSandboxes } from "./fresh.ts";
import { keptSandboxes } from "./kept.ts";
import { programEvaluation } from "./program-evaluation.ts";
import { dindReadiness, redisReadiness } from "./readiness.ts";
import { inPairs, inRounds, median, type Pair, type Round, timed } from "./rounds.ts";
import { stackLifecycle } from "./stack-lifecycle.ts";
import { startedSandboxes } from "./started.ts";

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
  yield* compareKept(folder, rounds);
  yield* compareStarted(folder, rounds);
  yield ratioRow("a set-up with nothing to do, against node -e 0", () => repeatedSetUp(folder, rounds));
  for (const [title, measure] of [
    ["Redis, from its container's start", redisReadiness],
    ["Docker-in-Docker without TLS", () => dindReadiness(false)],
    ["Docker-in-Docker with TLS", () => dindReadiness(true)],
  ] as const) {
    announce(title);
    yield differenceRow(`${title}: probe, and first answer`, await inRounds(rounds, measure));
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

export async function* compareKept(_folder: string, rounds: number): Rows {
  announce("a sandbox that is kept up without a stack");
  yield* stepRows(
    await keptSandboxes(rounds),
    { up: "up without a stack", unchanged: "an unchanged up without a stack", down: "down without a stack" },
    { compose: "docker compose" },
  );
}

export async function* compareStarted(_folder: string, rounds: number): Rows {
  announce("a sandbox of a program");
  yield* stepRows(
    await startedSandboxes(rounds),
    { ready: "start of the API", removed: "remove of the API" },
    { raw: "the requests to the engine alone" },
  );
}

export async function* compareBuilds(_folder: string, rounds: number): Rows {
  announce("images that are built");
  yield* stepRows(
    await builtImages(rounds),
    {
      first: "a first build of 2,000 files",
      changed: "a build after a line has changed",
      unchanged: "knowing that nothing has changed",
    },
    { docker: "docker build" },
  );
}

export async function* compareCluster(folder: string, rounds: number): Rows {
  yield ratioRow("run --fresh in a cluster until ready, against kubectl apply and wait", () =>
    clusterSandboxes(folder, rounds),
  );
  yield ratioRow("run --fresh inside a namespace that exists, against one of its own", () =>
    namespaceSandboxes(folder, rounds),
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

/** The engines of `npm run test:engines` that differ most in their speed. */
export async function* compareEngines(_folder: string, rounds: number): Rows {
  const { bySsh, fresh, copied } = await engineTimes(rounds, announce);
  const steps = { ready: "run --fresh until ready", removed: "run --fresh until removed" } as const;
  for (const step of ["ready", "removed"] as const)
    yield differenceRow(
      `${steps[step]} over ssh, against the same on the engine's machine and ssh HOST true`,
      bySsh.map(({ nestbox, local }): Pair => [nestbox[step], local[step]]),
    );
  for (const [engine, times] of fresh)
    yield* stepRows(
      times,
      { ready: `${steps.ready} on ${engine}`, removed: `${steps.removed} on ${engine}` },
      { byHand: "a run by hand", byHandOnNetwork: "a run by hand on a network of its own" },
    );
  for (const [engine, pairs] of copied)
    yield pairRow(`20,000 files into a job on ${engine}, against tar c and cp`, pairs);
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

function differenceRow(what: string, pairs: readonly Pair[]): readonly string[] {
  return row(what, pairs, `+ ${milliseconds(pairs.map(([one, other]) => one - other))}`);
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
