import { spawnSync } from "node:child_process";
import path from "node:path";
import { clusterSandboxes, clusterScale } from "./cluster.ts";
import { clusterLifecycle } from "./cluster-lifecycle.ts";
import { type FreshTimes, freshSandboxes } from "./fresh.ts";
import { inPairs, type Pairs } from "./pairs.ts";
import { programEvaluation } from "./program-evaluation.ts";
import { dindReadiness, type ReadyTimes, redisReadiness } from "./readiness.ts";
import type { Report } from "./report.ts";
import { stackLifecycle } from "./stack-lifecycle.ts";

/** Everything that needs an engine alone. */
export async function compareAll(folder: string, rounds: number, to: Report): Promise<void> {
  for (const [title, sandboxes, ofThem] of [
    ["1 sandbox", 1, rounds],
    ["10 sandboxes", 10, rounds],
    ["100 sandboxes", 100, Math.ceil(rounds / 2)],
  ] as const)
    await to.compare(`evaluating the program, ${title}`, () => programEvaluation(folder, sandboxes, ofThem));
  await compareStacks(folder, rounds, to);
  await compareFresh(folder, rounds, to);
  await to.compare("a set-up with nothing to do, against node -e 0", () => repeatedSetUp(folder, rounds));
  await time("Redis, from its container's start", redisReadiness);
  await time("Docker-in-Docker without TLS", () => dindReadiness(false));
  await time("Docker-in-Docker with TLS", () => dindReadiness(true));

  async function time(what: string, work: () => Promise<ReadyTimes>): Promise<void> {
    process.stderr.write(`… ${what}\n`);
    const times: ReadyTimes[] = [];
    // The first fills caches.
    for (let round = 0; round <= rounds; round++) times.push(await work());
    to.addReadiness(what, times.slice(1));
  }
}

export async function compareStacks(folder: string, rounds: number, to: Report): Promise<void> {
  process.stderr.write("… a stack of one sandbox\n");
  const { nestbox, byHand, compose } = await stackLifecycle(folder, rounds);
  for (const [step, what] of [
    ["up", "up of a new branch's stack"],
    ["unchanged", "an unchanged up"],
    ["down", "removal"],
  ] as const) {
    to.addPairs(`${what}, against a hand-written program's`, { one: nestbox[step], other: byHand[step] });
    to.addPairs(`${what}, against docker compose`, { one: nestbox[step], other: compose[step] });
  }
}

export async function compareFresh(_folder: string, rounds: number, to: Report): Promise<void> {
  process.stderr.write("… a sandbox without a stack\n");
  const { nestbox, compose, testcontainers } = await freshSandboxes(rounds);
  for (const [moment, what] of [
    ["ready", "until ready"],
    ["removed", "until removed"],
  ] as const) {
    const of = (times: readonly FreshTimes[]) => times.map((time) => time[moment]);
    to.addPairs(`run --fresh ${what}, against docker compose`, { one: of(nestbox), other: of(compose) });
    to.addPairs(`run --fresh ${what}, against testcontainers`, {
      one: of(nestbox),
      other: of(testcontainers),
    });
  }
}

export async function compareCluster(folder: string, rounds: number, to: Report): Promise<void> {
  await to.compare("run --fresh in a cluster until ready, against kubectl apply and wait", () =>
    clusterSandboxes(folder, rounds),
  );
  await to.compare("the last five of 50 in a cluster, against the ninth to the thirteenth", () =>
    clusterScale(folder, 50),
  );
  process.stderr.write("… a stack of one sandbox in a cluster\n");
  const { nestbox, byHand } = await clusterLifecycle(folder, rounds);
  for (const [step, what] of [
    ["up", "up of a new branch's stack in a cluster"],
    ["unchanged", "an unchanged up in a cluster"],
    ["down", "removal in a cluster, until the namespace goes"],
  ] as const)
    to.addPairs(`${what}, against a hand-written program's`, { one: nestbox[step], other: byHand[step] });
}

function repeatedSetUp(folder: string, rounds: number): Promise<Pairs> {
  const time = async (...words: string[]) => {
    const started = performance.now();
    const { status, stderr } = spawnSync(process.execPath, words, { cwd: folder, encoding: "utf8" });
    if (status !== 0) throw new Error(`${words.join(" ")} exited with ${status}: ${stderr}`);
    return performance.now() - started;
  };
  const list = () => time(path.join(folder, "src", "setup", "bootstrap.mjs"), "ls", "--json");
  return inPairs(rounds, list, () => time("-e", "0"));
}
