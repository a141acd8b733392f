import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { inPairs, type Pairs } from "./pairs.ts";

/** Runs an unchanged `pulumi up` of a stack with one sandbox, and one of an empty program, in turn. Milliseconds of whole commands. */
export async function unchangedUp(folder: string, rounds: number): Promise<Pairs> {
  const home = mkdtempSync(path.join(tmpdir(), "nestbox-bench-"));
  const environment = {
    ...process.env,
    PULUMI_BACKEND_URL: `file://${home}/state`,
    PULUMI_CONFIG_PASSPHRASE: "",
  };
  mkdirSync(path.join(home, "state"));
  const pulumi = (...words: string[]) =>
    promisify(execFile)("pulumi", [...words, "--non-interactive"], { cwd: home, env: environment });
  writeFileSync(path.join(home, "package.json"), '{ "type": "module" }');
  writeFileSync(path.join(home, "empty.ts"), "export {};\n");
  symlinkSync(path.join(folder, "node_modules"), path.join(home, "node_modules"));
  const use = (program: string) => writeFileSync(path.join(home, "Pulumi.yaml"), projectFile(program));
  const up = async (program: string, stack: string) => {
    use(program);
    const started = performance.now();
    await pulumi("up", "--yes", "--skip-preview", "--stack", stack);
    return performance.now() - started;
  };
  const nestbox = path.join(folder, "bench", "programs", "nestbox.ts");
  Object.assign(environment, { BENCH_SANDBOXES: "1" });
  writeFileSync(path.join(home, "Pulumi.full.yaml"), "config:\n  nestbox:sandboxes: [bench-0]\n");
  try {
    for (const [stack, program] of [
      ["full", nestbox],
      ["empty", "empty.ts"],
    ] as const) {
      use(program);
      await pulumi("stack", "init", stack);
      await up(program, stack);
    }
    return await inPairs(
      rounds,
      () => up(nestbox, "full"),
      () => up("empty.ts", "empty"),
    );
  } finally {
    use(nestbox);
    await pulumi("destroy", "--yes", "--skip-preview", "--stack", "full");
    rmSync(home, { recursive: true });
  }
}

function projectFile(program: string): string {
  return JSON.stringify({
    name: "bench",
    main: program,
    runtime: { name: "nodejs", options: { typescript: false } },
  });
}
