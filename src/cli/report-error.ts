import type { Environment } from "../machine/environment.ts";
import { exitCodeAfter } from "../machine/exit-codes.ts";
import { ConfigurationError } from "../model/problem.ts";
import type { Invocation } from "../sandbox/invocation.ts";
import { colors } from "../terminal/colors.ts";

/** Prints the error that ends a command, and returns the exit code. */
export function reportError(
  error: unknown,
  { stderr, environment }: Pick<Invocation, "stderr" | "environment">,
): number {
  const message = error instanceof ConfigurationError ? error.message : unexpected(error, environment);
  // Lines that begin with a space continue the one before.
  stderr.write(`${message.replace(/(?<=^|\n)(?! )/g, `${colors.red("error")} `)}\n`);
  return exitCodeAfter(error);
}

function unexpected(error: unknown, environment: Environment): string {
  if (!(error instanceof Error)) return String(error);
  return environment.NESTBOX_DEBUG ? (error.stack ?? error.message) : error.message;
}
