// Runs several command lines in one process, with the target "list" beside all others: a JSON array of arrays
// of words. Prints a JSON line with the exit code and the output of each.
import { Writable } from "node:stream";
import { runCommandLine } from "../../../src/cli/command-line.ts";
import { TARGETS } from "../../../src/targets/index.ts";
import { createProgress } from "../../../src/terminal/progress.ts";
import { LIST } from "./target.ts";

const [commands = "[]"] = process.argv.slice(2);
const environment = { ...process.env };

for (const words of JSON.parse(commands) as readonly (readonly string[])[]) {
  let [stdout, stderr] = ["", ""];
  const collect = (take: (text: string) => void) =>
    new Writable({
      write(part, _, done) {
        take(String(part));
        done();
      },
    });
  const errors = collect((text) => {
    stderr += text;
  });
  const exitCode = await runCommandLine(words, {
    environment,
    stdin: process.stdin,
    stdout: collect((text) => {
      stdout += text;
    }),
    stderr: errors,
    progress: createProgress(errors, environment),
    targets: [...TARGETS, { name: "list", runs: true, emits: "when named", load: async () => LIST }],
    onInterruption: () => () => {},
  });
  process.stdout.write(`${JSON.stringify({ exitCode, stdout, stderr })}\n`);
}
