import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { inContainer, withComposeClient } from "./compose-client.ts";
import { inTurn, type Steps, type Times } from "./pairs.ts";
import { scaleProject } from "./scale-project.ts";
import { PASSPHRASE } from "./throwaway-project.ts";

/** The steps with a sandbox of one Redis, in this order. */
type Step = "up" | "unchanged" | "down";
type Contender = "nestbox" | "byHand" | "compose";

const CLIENT = `nestbox-bench-compose-${process.pid}`;

/**
 * Times `up`, an unchanged `up`, and `down` of the same sandbox: a branch's stack with `nestbox`, a
 * hand-written program with `pulumi`, and `docker compose`. Creating and removing the stack counts for the
 * first two. In milliseconds of complete commands.
 */
export async function stackLifecycle(
  repository: string,
  rounds: number,
): Promise<Readonly<Record<Contender, Times<Step>>>> {
  const project = scaleProject(repository, 1);
  project.useSandboxes(1);
  const program = handWrittenProgram(repository);
  const up = () => project.nestbox(["up", "--branch=bench"]);
  const down = () => project.nestbox(["down", "--branch=bench"]);
  try {
    await project.nestbox(["emit"]);
    const file = readFileSync(path.join(project.folder, "compose", "s1.yaml"), "utf8");
    return await withComposeClient(CLIENT, () =>
      inTurn(rounds, {
        nestbox: { up, unchanged: up, down },
        byHand: program.steps,
        compose: composeSteps(file),
      }),
    );
  } finally {
    await down().finally(() => project.remove());
    await program.remove();
  }
}

function composeSteps(file: string): Steps<Step> {
  const compose = async (...words: string[]) => {
    const command = ["docker", "compose", "--project-name", "nestbox-bench", "--file", "-", ...words];
    const { exitCode, stderr } = await inContainer(CLIENT, command, file);
    if (exitCode !== 0) throw new Error(`docker compose ${words.join(" ")}: ${stderr}`);
  };
  const up = () => compose("up", "--detach", "--wait");
  return { up, unchanged: up, down: () => compose("down", "--volumes") };
}

/** A project of the hand-written program, with its own state. */
function handWrittenProgram(repository: string) {
  const folder = mkdtempSync(path.join(tmpdir(), "nestbox-by-hand-"));
  mkdirSync(path.join(folder, "state"));
  symlinkSync(path.join(repository, "node_modules"), path.join(folder, "node_modules"));
  writeFileSync(path.join(folder, "package.json"), '{ "type": "module" }');
  const main = path.join(repository, "bench/programs/by-hand.ts");
  const runtime = { name: "nodejs", options: { typescript: false } };
  writeFileSync(path.join(folder, "Pulumi.yaml"), JSON.stringify({ name: "bench", main, runtime }));
  const env = {
    ...process.env,
    PULUMI_BACKEND_URL: `file://${folder}/state`,
    PULUMI_CONFIG_PASSPHRASE: PASSPHRASE,
    BENCH_SANDBOXES: "1",
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
    } satisfies Steps<Step>,
    async remove() {
      // No stack remains if every round finished.
      await pulumi("destroy", "--yes", "--skip-preview").catch(() => {});
      rmSync(folder, { recursive: true });
    },
  };
}
