import { execFile } from "node:child_process";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { startFakeEngine } from "./fake-engine.ts";
import { inPairs, type Pair, timed } from "./rounds.ts";

/**
 * Times Nestbox's program and a hand-written one with the same resources alternately, with a double of
 * Pulumi's engine. In milliseconds of complete processes.
 */
export async function programEvaluation(
  folder: string,
  sandboxes: number,
  rounds: number,
): Promise<readonly Pair[]> {
  const engine = await startFakeEngine();
  try {
    const evaluate = async (program: string) => {
      const elapsed = await timed(() => run(folder, program, sandboxes, engine.address));
      // The stack itself, and a component, a network, an image and a container for each sandbox.
      const expected = 1 + sandboxes * 4;
      const count = engine.takeCount();
      if (count !== expected)
        throw new Error(`${program} registered ${count} resources instead of ${expected}`);
      return elapsed;
    };
    return await inPairs(
      rounds,
      () => evaluate("nestbox.ts"),
      () => evaluate("by-hand.ts"),
    );
  } finally {
    engine.close();
  }
}

function run(folder: string, program: string, sandboxes: number, address: string): Promise<unknown> {
  const names = Array.from({ length: sandboxes }, (_, index) => `bench-${index}`);
  const words = [
    path.join(folder, "node_modules/@pulumi/pulumi/cmd/run"),
    ...["--monitor", address, "--engine", address],
    ...["--organization", "organization", "--project", "bench", "--stack", "bench"],
    ...["--root-directory", folder, "--pwd", folder, "--parallel", "8"],
    // The double's containers never become healthy, and a preview does not wait.
    "--dry-run",
    path.join(folder, "bench", "programs", program),
  ];
  const env = {
    ...process.env,
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? path.join(tmpdir(), "node-compile-cache"),
    PULUMI_CONFIG: JSON.stringify({ "nestbox:sandboxes": JSON.stringify(names) }),
    PULUMI_NODEJS_TYPESCRIPT: "false",
    BENCH_SANDBOXES: String(sandboxes),
  };
  return promisify(execFile)(process.execPath, words, { cwd: folder, env });
}
