import { spawnSync } from "node:child_process";
import path from "node:path";
import { inPairs, type Pairs } from "./pairs.ts";

/** Times a command whose set-up has nothing to do, and Node alone, alternately. In milliseconds. */
export function repeatedSetUp(folder: string, rounds: number): Promise<Pairs> {
  const time = async (...words: string[]) => {
    const started = performance.now();
    const { status, stderr } = spawnSync(process.execPath, words, { cwd: folder, encoding: "utf8" });
    if (status !== 0) throw new Error(`${words.join(" ")} exited with ${status}: ${stderr}`);
    return performance.now() - started;
  };
  const list = [path.join(folder, "src", "setup", "bootstrap.mjs"), "ls", "--json"];
  return inPairs(
    rounds,
    () => time(...list),
    () => time("-e", "0"),
  );
}
