import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { ConfigurationError } from "../../model/problem.ts";
import type { Project } from "../../project/project.ts";
import type { Workspace } from "../../project/workspace.ts";
import { explainError } from "./explain-errors.ts";

/** Bytes of the longest output: a state with thousands of resources. */
const MAX_OUTPUT = 2 ** 28;

/** The parts of a workspace that the Pulumi CLI needs. */
export type CommandContext = Pick<
  Workspace,
  "pulumi" | "environment" | "progress" | "onInterruption" | "engine"
> & {
  readonly project: Pick<Project, "folder" | "stack">;
};

/** A command of the Pulumi CLI failed. The message is Pulumi's own. */
export class PulumiCommandError extends Error {
  override readonly name = "PulumiCommandError";
}

/**
 * Runs a command of the Pulumi CLI other than an operation, and returns its output.
 * @throws ConfigurationError for an error that the user has to correct, PulumiCommandError for all others
 */
export async function runPulumiCommand(
  { pulumi, project, environment }: CommandContext,
  words: readonly string[],
): Promise<string> {
  const options = { cwd: project.folder, env: environment, maxBuffer: MAX_OUTPUT };
  try {
    return (await promisify(execFile)(pulumi, [...words, "--non-interactive"], options)).stdout;
  } catch (error) {
    const { stderr = "", message } = error as Error & { readonly stderr?: string };
    const explained = explainError(errorOutput(stderr) || message, environment);
    throw explained.isConfiguration
      ? new ConfigurationError(explained.message)
      : new PulumiCommandError(explained.message);
  }
}

/** Runs a command of the Pulumi CLI on the stack of a workspace. @throws as {@link runPulumiCommand} does */
export function runOnStack(context: CommandContext, ...words: readonly string[]): Promise<string> {
  return runPulumiCommand(context, [...words, "--stack", context.project.stack]);
}

/** Pulumi's error output without prefixes, and without the warning about plugins on the PATH. */
export function errorOutput(text: string): string {
  const lines = text.split("\n").filter((line) => !/^warning: using pulumi-\S+ from \$PATH/.test(line));
  return lines
    .join("\n")
    .replace(/^error: /gm, "")
    .trim();
}
