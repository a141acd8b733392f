import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { LABEL } from "../src/model/labels.ts";
import { uniqueName } from "../src/model/names.ts";
import { setUp } from "../src/setup/index.ts";
import { createProgress } from "../src/terminal/progress.ts";
import { DECLARATION, type Kubectl, withCluster } from "./cluster.ts";
import { handWrittenProgram, type StackStep } from "./hand-written-program.ts";
import { inTurn, type Steps, type Times } from "./pairs.ts";
import { throwawayProject } from "./throwaway-project.ts";

const BRANCH = "bench/cluster";

/** A namespace takes five seconds to go, for which nobody waits. The next `up` would wait for it. */
type Step = StackStep | "gone";

/**
 * Times `up`, an unchanged `up`, and `down` of the same sandbox in a cluster: a branch's stack with
 * `nestbox`, and a hand-written program with `pulumi`. Creating and removing the stack counts. In
 * milliseconds of complete commands.
 */
export function clusterLifecycle(
  repository: string,
  rounds: number,
): Promise<Readonly<Record<"nestbox" | "byHand", Times<Step>>>> {
  return withCluster(repository, async (kubectl) => {
    const needs = { docker: false, pulumi: true, providers: ["kubernetes"], images: [] } as const;
    const { environment } = await setUp({ projectFolder: repository, ...needs }, createProgress());
    Object.assign(process.env, environment);
    const nestbox = branchStack(repository, kubectl);
    const program = handWrittenProgram(repository, "by-hand-in-cluster.ts", {});
    try {
      return await inTurn(rounds, {
        nestbox: nestbox.steps,
        byHand: { ...program.steps, gone: () => untilGone(kubectl, "bench.project=bench") },
      });
    } finally {
      await nestbox.remove();
      await program.remove();
    }
  });
}

function branchStack(repository: string, kubectl: Kubectl) {
  const { folder, environment, configure, remove } = throwawayProject(repository, "cluster", DECLARATION);
  configure({ target: "kubernetes", sandboxes: ["one"], timeToLive: "1d" });
  const main = path.join(folder, "src", "cli", "main.mjs");
  const nestbox = (verb: string) =>
    promisify(execFile)(process.execPath, [main, "--project", folder, verb, `--branch=${BRANCH}`], {
      env: environment,
    });
  const up = () => nestbox("up");
  const down = () => nestbox("down");
  return {
    steps: {
      up,
      unchanged: up,
      down,
      gone: () => untilGone(kubectl, `${LABEL.stack}=${uniqueName(BRANCH)}`),
    } satisfies Steps<Step>,
    remove: () => down().finally(remove),
  };
}

function untilGone(kubectl: Kubectl, labels: string): Promise<unknown> {
  return kubectl("wait", "--for=delete", "namespace", "--selector", labels, "--timeout=60s");
}
