import { RunError } from "@pulumi/pulumi";
import { ConfigurationError } from "../model/problem.ts";

/**
 * Ends a Pulumi program with a message and nothing else. A plain error would be printed with the SDK's whole
 * runtime, which takes tens of seconds.
 */
export class ProgramError extends RunError {
  constructor(message: string) {
    super(message);
    // The SDK writes the names of its properties before the message of an error that passes through it.
    Object.defineProperty(this, "message", { get: () => message, set: () => {} });
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.message;
  }
}

/**
 * Throws an error as a ProgramError: what a person has to change with its message alone, everything else with
 * its stack.
 */
export function explain(error: unknown): never {
  if (error instanceof ProgramError) throw error;
  if (error instanceof ConfigurationError) throw new ProgramError(error.message);
  throw new ProgramError(error instanceof Error ? (error.stack ?? error.message) : String(error));
}
