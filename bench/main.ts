import { Command, InvalidArgumentError, Option } from "commander";
import { table } from "../src/cli/tables/table.ts";
import { clusterOf } from "../src/kubernetes/api/cluster.ts";
import { readContext } from "../src/kubernetes/api/kubeconfig.ts";
import { withCluster } from "./cluster.ts";
import {
  compareAll,
  compareBuilds,
  compareCluster,
  compareEngines,
  compareFresh,
  compareKept,
  compareStacks,
  compareStarted,
} from "./comparisons.ts";
import { clusterForKills } from "./kill-in-cluster.ts";
import { ENGINE } from "./kill-on-engine.ts";
import { kills } from "./kills.ts";
import { scale } from "./scale.ts";
import { LEAST_SANDBOXES } from "./scale-verdict.ts";

// The measurements of docs/benchmarks.md, each with its comparison in the same run.

const folder = process.cwd();

const bench = new Command("npm run bench --")
  .argument("[rounds]", "rounds of everything but scale and kills", atLeast(1), 5)
  .action((rounds: number) => inTable(compareAll(folder, rounds)));

for (const [name, description, compare] of [
  ["stack", "stacks alone", compareStacks],
  ["fresh", "sandboxes without a stack", compareFresh],
  ["up", "sandboxes that are kept up without a stack", compareKept],
  ["start", "sandboxes that a program starts", compareStarted],
  ["build", "images that are built", compareBuilds],
  ["cluster", "a Kubernetes cluster alone", compareCluster],
  ["engines", "sandboxes over ssh, on Docker 20.10 and on Podman, and many files", compareEngines],
] as const)
  bench
    .command(name)
    .description(description)
    .argument("[rounds]", "", atLeast(1), 5)
    .action((rounds: number) => inTable(compare(folder, rounds)));

bench
  .command("scale")
  .description("many sandboxes at once")
  .argument("[sandboxes]", "", atLeast(LEAST_SANDBOXES), 200)
  .action(async (sandboxes: number) => {
    let problems: readonly string[] = ["the run did not finish"];
    const rows: string[][] = [];
    try {
      problems = await scale(folder, sandboxes, (...row) => rows.push(row));
    } finally {
      print(rows);
      end(problems);
    }
  });

bench
  .command("kills")
  .description("commands killed at random moments")
  .argument("[count]", "", atLeast(1), 500)
  .option("--seed <number>", "repeats a run", atLeast(0), Date.now() % 10_000)
  .addOption(new Option("--target <target>").choices(["docker", "kubernetes"]).default("docker"))
  .action(async (count: number, { seed, target }: { readonly seed: number; readonly target: string }) => {
    const { killed, missed, problems } = await (target === "kubernetes"
      ? withCluster(folder, () =>
          kills(folder, clusterForKills(clusterOf(readContext(process.env), process.env)), { count, seed }),
        )
      : kills(folder, ENGINE, { count, seed }));
    process.stdout.write(
      `seed ${seed}: ${killed} commands killed, ${missed} had ended before, ${problems.length} problems\n`,
    );
    end(problems);
  });

await bench.parseAsync();

/** Reads a number of a command line. */
function atLeast(least: number): (word: string) => number {
  return (word) => {
    const number = Number(word);
    if (!Number.isInteger(number) || number < least)
      throw new InvalidArgumentError(`It is a whole number of at least ${least}.`);
    return number;
  };
}

async function inTable(rows: AsyncIterable<readonly string[]>): Promise<void> {
  const all: (readonly string[])[] = [["", "Nestbox", "comparison", "ratio or difference"]];
  for await (const row of rows) all.push(row);
  print(all);
}

function print(rows: readonly (readonly string[])[]): void {
  process.stdout.write(`${table(rows)}\n`);
}

function end(problems: readonly string[]): void {
  for (const problem of problems) process.stderr.write(`✗ ${problem}\n`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
