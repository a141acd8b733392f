import { spawn } from "node:child_process";
import { EXIT_FAILED, EXIT_INTERRUPTED } from "../exit-codes.ts";
import type { Target } from "../workspace/project.ts";
import { withWorkspace } from "../workspace/workspace.ts";

/** `nestbox pulumi …`: runs the Pulumi CLI with the project's engine, state and plugins. */
export function pulumi(target: Target, words: readonly string[]): Promise<number> {
  return withWorkspace(
    targetOf(target, words),
    { pulumi: true, plans: (project) => project.plans },
    async ({ pulumi: command, project, progress }) => {
      progress.close();
      return inForeground(command, words, project.folder);
    },
  );
}

/** The target with the stack of Pulumi's own arguments: its settings decide what the set-up provides. */
function targetOf(target: Target, words: readonly string[]): Target {
  const named = words.flatMap((word, index) => {
    if (word === "-s" || word === "--stack") return words[index + 1] ?? [];
    return /^(?:--stack=|-s=?)(.+)$/.exec(word)?.[1] ?? [];
  });
  return { ...target, stack: named.at(-1) ?? target.stack };
}

/** Runs a program in the user's terminal and returns its exit code. Ctrl-C reaches the program directly. */
export function inForeground(command: string, words: readonly string[], folder: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const ignore = () => {};
    const child = spawn(command, words, { cwd: folder, stdio: "inherit" });
    process.on("SIGINT", ignore);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      process.off("SIGINT", ignore);
      resolve(code ?? (signal === "SIGINT" ? EXIT_INTERRUPTED : EXIT_FAILED));
    });
  });
}
