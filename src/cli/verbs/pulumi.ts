import { spawn } from "node:child_process";
import { EXIT_FAILED, EXIT_INTERRUPTED } from "../../machine/exit-codes.ts";
import { ConfigurationError } from "../../model/problem.ts";
import type { Project, StackChoice } from "../../project/project.ts";
import { withWorkspace } from "../../project/workspace.ts";
import type { Invocation } from "../../sandbox/invocation.ts";

/** `nestbox pulumi …`: runs the Pulumi CLI with the project's engine, state and plugins, and on its stack. */
export function pulumi(
  choice: StackChoice,
  words: readonly string[],
  invocation: Invocation,
): Promise<number> {
  // The program builds its images itself, and only where Pulumi brings the stack up.
  const plans = (project: Project) => project.plans.map((plan) => ({ ...plan, builds: [] }));
  const needs = { pulumi: true, plans };
  return withWorkspace(choiceOf(choice, words), needs, invocation, async (workspace) => {
    workspace.progress.close();
    const { folder, stack } = workspace.project;
    // Instead of the selected stack: not every command of Pulumi takes --stack.
    const environment = { ...workspace.environment, PULUMI_STACK: stack };
    return inForeground([workspace.pulumi, ...words], folder, { ...workspace, environment });
  });
}

/**
 * The stack of Pulumi's own arguments: its settings decide what the set-up provides.
 * @throws ConfigurationError for a second stack beside that of a branch
 */
function choiceOf(choice: StackChoice, words: readonly string[]): StackChoice {
  const named = words.flatMap((word, index) => {
    if (word === "-s" || word === "--stack") return words[index + 1] ?? [];
    return /^(?:--stack=|-s=?)(.+)$/.exec(word)?.[1] ?? [];
  });
  const stack = named.at(-1);
  if (stack === undefined) return choice;
  if (choice.branch !== undefined)
    throw new ConfigurationError(`--branch: --stack ${stack} names a stack, too; leave out one of them`);
  return { ...choice, stack };
}

/** Runs a program in the user's terminal and returns its exit code. A terminal sends Ctrl-C to it itself. */
export function inForeground(
  [command = "", ...words]: readonly string[],
  folder: string,
  { environment, onInterruption }: Pick<Invocation, "environment" | "onInterruption">,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, words, { cwd: folder, env: { ...environment }, stdio: "inherit" });
    const ignore = onInterruption((signal) => {
      if (signal !== "SIGINT") child.kill(signal);
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      ignore();
      resolve(code ?? (signal === "SIGINT" ? EXIT_INTERRUPTED : EXIT_FAILED));
    });
  });
}
