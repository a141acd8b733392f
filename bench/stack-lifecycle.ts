import { readFileSync } from "node:fs";
import path from "node:path";
import { inContainer, withComposeClient } from "./compose-client.ts";
import { handWrittenProgram, type StackStep } from "./hand-written-program.ts";
import { inTurn, type Steps, type Times } from "./pairs.ts";
import { scaleProject } from "./scale-project.ts";

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
): Promise<Readonly<Record<Contender, Times<StackStep>>>> {
  const project = scaleProject(repository, 1);
  project.useSandboxes(1);
  const program = handWrittenProgram(repository, "by-hand.ts", { BENCH_SANDBOXES: "1" });
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

function composeSteps(file: string): Steps<StackStep> {
  const compose = async (...words: string[]) => {
    const command = ["docker", "compose", "--project-name", "nestbox-bench", "--file", "-", ...words];
    const { exitCode, stderr } = await inContainer(CLIENT, command, file);
    if (exitCode !== 0) throw new Error(`docker compose ${words.join(" ")}: ${stderr}`);
  };
  const up = () => compose("up", "--detach", "--wait");
  return { up, unchanged: up, down: () => compose("down", "--volumes") };
}
