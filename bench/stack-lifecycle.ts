import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { inContainer, withComposeClient } from "./compose-client.ts";
import { inTurn, type Steps, type Times } from "./pairs.ts";
import { scaleProject } from "./scale-project.ts";

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
  const program = handWrittenProgram(repository, project.environment.PULUMI_CONFIG_PASSPHRASE);
  const nestbox = (...words: string[]) => {
    const command = [path.join(repository, "src", "cli", "main.mjs"), "--project", project.folder, ...words];
    return promisify(execFile)(process.execPath, command, { env: project.environment });
  };
  try {
    await nestbox("emit");
    const file = readFileSync(path.join(project.folder, "compose", "s1.yaml"), "utf8");
    return await withComposeClient(CLIENT, () =>
      inTurn(rounds, {
        nestbox: {
          up: () => nestbox("up", "--branch=bench"),
          unchanged: () => nestbox("up", "--branch=bench"),
          down: () => nestbox("down", "--branch=bench"),
        },
        byHand: program.steps,
        compose: composeSteps(file),
      }),
    );
  } finally {
    await nestbox("down", "--branch=bench").finally(() => project.remove());
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
function handWrittenProgram(repository: string, passphrase: string | undefined) {
  const folder = mkdtempSync(path.join(tmpdir(), "nestbox-by-hand-"));
  mkdirSync(path.join(folder, "state"));
  symlinkSync(path.join(repository, "node_modules"), path.join(folder, "node_modules"));
  writeFileSync(path.join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(
    path.join(folder, "Pulumi.yaml"),
    projectFile(path.join(repository, "bench/programs/by-hand.ts")),
  );
  const env = {
    ...process.env,
    PULUMI_BACKEND_URL: `file://${folder}/state`,
    PULUMI_CONFIG_PASSPHRASE: passphrase,
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

function projectFile(program: string): string {
  return JSON.stringify({
    name: "bench",
    main: program,
    runtime: { name: "nodejs", options: { typescript: false } },
  });
}
