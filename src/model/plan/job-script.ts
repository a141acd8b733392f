import { quoted } from "../shell.ts";
import type { PlannedJob } from "./plan.ts";

/**
 * The command of a job's container. As in GitLab's runner, all commands run in one shell, bash if the image
 * has it. Each command is printed before it runs, and the first failure ends the script. `cleanup` runs in a
 * separate shell and does not change the exit code.
 */
export function jobCommand({
  before,
  script,
  cleanup,
}: Pick<PlannedJob, "before" | "script" | "cleanup">): string[] {
  return ["sh", "-c", RUN_BOTH, printed([...before, ...script]), printed(cleanup)];
}

const RUN_BOTH = [
  "if command -v bash >/dev/null 2>&1; then shell='bash -eo pipefail'; else shell='sh -e'; fi",
  '$shell -c "$0"; code=$?',
  'if [ -n "$1" ]; then $shell -c "$1" || true; fi',
  'exit "$code"',
].join("\n");

/** What the output of a job has of a command before it runs. */
export function commandLine(command: string): string {
  return `$ ${command}`;
}

function printed(commands: readonly string[]): string {
  return commands.map((command) => `printf '%s\\n' ${quoted(commandLine(command))}\n${command}`).join("\n");
}
