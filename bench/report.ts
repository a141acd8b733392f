import { table } from "../src/cli/tables/table.ts";
import { median, type Pairs, ratio } from "./pairs.ts";
import type { ReadyTimes } from "./readiness.ts";

/** The table of a run. */
export interface Report {
  readonly rows: string[][];
  /** Takes a comparison, and adds its row. */
  compare(what: string, work: () => Promise<Pairs>): Promise<void>;
  addPairs(what: string, pairs: Pairs): void;
  addReadiness(what: string, times: readonly ReadyTimes[]): void;
  print(): void;
}

/** @param header the titles of the columns. @default none */
export function report(header?: string[]): Report {
  const rows: string[][] = [];
  const addPairs = (what: string, pairs: Pairs) => {
    rows.push([what, milliseconds(pairs.one), milliseconds(pairs.other), `× ${ratio(pairs).toFixed(2)}`]);
  };
  return {
    rows,
    async compare(what, work) {
      process.stderr.write(`… ${what}\n`);
      addPairs(what, await work());
    },
    addPairs,
    addReadiness(what, times) {
      const later = times.map(({ probe, client }) => probe - client);
      rows.push([
        `${what}: probe, and first answer`,
        milliseconds(times.map(({ probe }) => probe)),
        milliseconds(times.map(({ client }) => client)),
        `+ ${milliseconds(later)}`,
      ]);
    },
    print: () => process.stdout.write(`${table(header ? [header, ...rows] : rows)}\n`),
  };
}

function milliseconds(values: readonly number[]): string {
  return `${Math.round(median(values))} ms`;
}
