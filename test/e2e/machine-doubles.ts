import { writeFileSync } from "node:fs";
import path from "node:path";

type Environment = Readonly<Record<string, string>>;

/**
 * A double of another machine with the same engine: all Node processes of the command see another host name,
 * which the names of locks contain.
 */
export function onAnotherMachine(folder: string): Environment {
  return preloaded(
    folder,
    "another-machine.cjs",
    `require("node:os").hostname = () => "elsewhere";
    require("node:module").syncBuiltinESMExports();`,
  );
}

/**
 * A double of a changed clock: all Node processes of the command see another time than the engine and the
 * Pulumi CLI.
 */
export function withClockAhead(folder: string, minutes: number): Environment {
  return preloaded(
    folder,
    `clock-${minutes}.cjs`,
    `const Real = Date, ahead = ${minutes} * 60_000;
    globalThis.Date = class extends Real {
      constructor(...words) { if (words.length === 0) super(Real.now() + ahead); else super(...words); }
      static now() { return Real.now() + ahead; }
    };`,
  );
}

function preloaded(folder: string, name: string, program: string): Environment {
  const file = path.join(folder, name);
  writeFileSync(file, program);
  return { NODE_OPTIONS: `--require ${file}` };
}
