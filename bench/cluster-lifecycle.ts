import { LABEL } from "../src/model/labels.ts";
import { uniqueName } from "../src/model/names.ts";
import { setUp } from "../src/setup/index.ts";
import { createProgress } from "../src/terminal/progress.ts";
import { DECLARATION, withCluster } from "./cluster.ts";
import { handWrittenProgram } from "./hand-written-program.ts";
import { inTurn, type Round } from "./rounds.ts";
import { type StackStep, throwawayProject } from "./throwaway-project.ts";

const BRANCH = "bench/cluster";

/**
 * Times `up`, an unchanged `up`, and `down` of the same sandbox in a cluster: a branch's stack with
 * `nestbox`, and a hand-written program with `pulumi`. Creating and removing the stack counts. In
 * milliseconds of complete commands.
 */
export function clusterLifecycle(
  repository: string,
  rounds: number,
): Promise<readonly Round<"nestbox" | "byHand", StackStep>[]> {
  return withCluster(repository, async (kubectl) => {
    const needs = { docker: false, pulumi: true, providers: ["kubernetes"], images: [] } as const;
    const caller = { environment: process.env, signal: new AbortController().signal };
    const progress = createProgress(process.stderr, process.env);
    const { environment } = await setUp({ projectFolder: repository, ...needs, ...caller }, progress);
    Object.assign(process.env, environment);
    const project = throwawayProject(repository, "cluster", DECLARATION);
    project.configure({ target: "kubernetes", sandboxes: ["one"], timeToLive: "1d" });
    const nestbox = project.stepsOf(BRANCH);
    const program = handWrittenProgram(repository, "by-hand-in-cluster.ts", {});
    // A namespace takes five seconds to go, for which nobody waits. The next `up` would wait for it.
    const untilGone = (labels: string) =>
      kubectl("wait", "--for=delete", "namespace", "--selector", labels, "--timeout=60s");
    try {
      return await inTurn(rounds, {
        nestbox: { ...nestbox, gone: () => untilGone(`${LABEL.stack}=${uniqueName(BRANCH)}`) },
        byHand: { ...program.steps, gone: () => untilGone("bench.project=bench") },
      });
    } finally {
      await nestbox.down().finally(project.remove);
      await program.remove();
    }
  });
}
