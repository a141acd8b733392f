import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import type { Steps } from "./rounds.ts";
import { PASSPHRASE, type StackStep } from "./throwaway-project.ts";

/**
 * Creates a project of a hand-written program, with its own state.
 * @param program a file of bench/programs/
 * @param environment the variables of the program
 */
export function handWrittenProgram(
  repository: string,
  program: string,
  environment: Readonly<Record<string, string>>,
) {
  const folder = mkdtempSync(path.join(tmpdir(), "nestbox-by-hand-"));
  mkdirSync(path.join(folder, "state"));
  symlinkSync(path.join(repository, "node_modules"), path.join(folder, "node_modules"));
  writeFileSync(path.join(folder, "package.json"), '{ "type": "module" }');
  const main = path.join(repository, "bench/programs", program);
  const runtime = { name: "nodejs", options: { typescript: false } };
  writeFileSync(path.join(folder, "Pulumi.yaml"), JSON.stringify({ name: "bench", main, runtime }));
  const env = {
    ...process.env,
    PULUMI_BACKEND_URL: `file://${folder}/state`,
    PULUMI_CONFIG_PASSPHRASE: PASSPHRASE,
    ...environment,
  };
  const pulumi = (...words: string[]) =>
    promisify(execFile)("pulumi", [...words, "--non-interactive", "--stack", "bench"], { cwd: folder, env });
  const up = () => pulumi("up", "--yes", "--skip-preview");
  return {
    steps: {
      up: async () => {
        await pulumi("stack", "init");
        await up();
      },
      unchanged: up,
      down: () => pulumi("destroy", "--yes", "--skip-preview", "--remove"),
    } satisfies Steps<StackStep>,
    async remove(): Promise<void> {
      // No stack remains if every round finished.
      await pulumi("destroy", "--yes", "--skip-preview").catch(() => {});
      rmSync(folder, { recursive: true });
    },
  };
}
