import { quoted } from "../shell.ts";
import type { PlannedJob } from "./plan.ts";

/**
 * The command of a job's container. As GitLab's runner does, the commands run in one shell, bash where the
 * image has it, each shown before it runs; the first that fails ends the script. What comes after the script
 * runs in a shell of its own and changes nothing about the exit code.
 */
export function jobCommand({
  before,
  script,
  cleanup,
}: Pick<PlannedJob, "before" | "script" | "cleanup">): string[] {
  return ["sh", "-c", RUN_BOTH, shown([...before, ...script]), shown(cleanup)];
}

const RUN_BOTH = [
  "if command -v bash >/dev/null 2>&1; then shell='bash -eo pipefail'; else shell='sh -e'; fi",
  '$shell -c "$0"; code=$?',
  'if [ -n "$1" ]; then $shell -c "$1" || true; fi',
  'exit "$code"',
].join("\n");

function shown(commands: readonly string[]): string {
  return commands.map((command) => `printf '%s\\n' ${quoted(`$ ${command}`)}\n${command}`).join("\n");
}
