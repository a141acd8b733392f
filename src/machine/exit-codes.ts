import { ConfigurationError } from "../model/problem.ts";

export const EXIT_FAILED = 1;
/** The exit code for an error that the user has to correct: usage, a declaration, a setting, the machine. */
export const EXIT_CONFIGURATION = 2;
/** The exit code after a time limit, as of the command `timeout`. */
export const EXIT_TIMED_OUT = 124;
/** The exit code of shells after Ctrl-C. */
export const EXIT_INTERRUPTED = 130;

/** The exit code of a command that an error ends. */
export function exitCodeAfter(error: unknown): number {
  return error instanceof ConfigurationError ? EXIT_CONFIGURATION : EXIT_FAILED;
}
