import { table } from "../cli/table.ts";
import { median, type Pairs, ratio } from "./pairs.ts";
import { programEvaluation } from "./program-evaluation.ts";

const folder = process.cwd();
const rounds = Number(process.argv[2] ?? 5);

const rows: string[][] = [["what", "nestbox", "against", "ratio", "at most"]];
for (const count of [1, 10, 100]) {
  await measure(`evaluating the program, ${count} sandboxes`, "1.10", () =>
    programEvaluation(folder, count, rounds),
  );
}
process.stdout.write(`${table(rows)}\n`);

async function measure(what: string, limit: string, work: () => Promise<Pairs>): Promise<void> {
  process.stderr.write(`… ${what}\n`);
  const pairs = await work();
  rows.push([what, seconds(pairs.one), seconds(pairs.other), ratio(pairs).toFixed(2), limit]);
}

function seconds(values: readonly number[]): string {
  return `${(median(values) / 1000).toFixed(2)} s`;
}
