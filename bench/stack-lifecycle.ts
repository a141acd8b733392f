import { readFileSync } from "node:fs";
import path from "node:path";
import { composeWords, inContainer, withComposeClient } from "./compose-client.ts";
import { handWrittenProgram } from "./hand-written-program.ts";
import { inTurn, type Round, type Steps } from "./rounds.ts";
import { scaleProject } from "./scale-project.ts";
import type { StackStep } from "./throwaway-project.ts";

/**
 * Times `up`, an unchanged `up`, and `down` of the same sandbox: a branch's stack with `nestbox`, a
 * hand-written program with `pulumi`, and `docker compose`. Creating and removing the stack counts for the
 * first two. In milliseconds of complete commands.
 */
export async function stackLifecycle(
  repository: string,
  rounds: number,
): Promise<readonly Round<"nestbox" | "byHand" | "compose", StackStep>[]> {
  const project = scaleProject(repository, 1);
  project.useSandboxes(1);
  const program = handWrittenProgram(repository, "by-hand.ts", { BENCH_SANDBOXES: "1" });
  const nestbox = project.stepsOf("bench");
  try {
    await project.nestbox(["emit"]);
    const file = readFileSync(path.join(project.folder, "compose", "s1.yaml"), "utf8");
    return await withComposeClient((client) =>
      inTurn(rounds, { nestbox, byHand: program.steps, compose: composeSteps(client, file) }),
    );
  } finally {
    await nestbox.down().finally(project.remove);
    await program.remove();
  }
}

function composeSteps(client: string, file: string): Steps<StackStep> {
  const compose = async (...words: string[]) => {
    const { exitCode, stderr } = await inContainer(client, composeWords("nestbox-bench", ...words), file);
    if (exitCode !== 0) throw new Error(`docker compose ${words.join(" ")}: ${stderr}`);
  };
  const up = () => compose("up", "--detach", "--wait");
  return { up, unchanged: up, down: () => compose("down", "--volumes") };
}
