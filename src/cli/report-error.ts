import { ConfigurationError } from "../model/problem.ts";
import { colors } from "../terminal/colors.ts";
import { exitCodeAfter } from "./exit-codes.ts";

/** Prints the error that ends a command, and returns the exit code. */
export function reportError(error: unknown): number {
  const message = error instanceof ConfigurationError ? error.message : unexpected(error);
  // Lines that begin with a space continue the one before.
  process.stderr.write(`${message.replace(/(?<=^|\n)(?! )/g, `${colors.red("error")} `)}\n`);
  return exitCodeAfter(error);
}

function unexpected(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return process.env.NESTBOX_DEBUG ? (error.stack ?? error.message) : error.message;
}
