import { RunError } from "@pulumi/pulumi";
import { explainUnreachableEngine } from "../docker/engine-unreachable.ts";
import type { DockerHost } from "../docker/host.ts";
import { ConfigurationError } from "../model/problem.ts";

/**
 * An error that Pulumi prints as its message alone. Pulumi would print any other error with the SDK's whole
 * runtime, which takes tens of seconds.
 */
export class ProgramError extends RunError {
  constructor(message: string) {
    super(message);
    // The SDK would prefix the message with the names of properties.
    Object.defineProperty(this, "message", { get: () => message, set: () => {} });
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.message;
  }
}

/** Works, and throws an error as {@link explain} does. */
export function explaining<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    return explain(error);
  }
}

/**
 * Throws an error as a ProgramError: a ConfigurationError with its message, any other error with its stack
 * trace.
 */
export function explain(error: unknown): never {
  if (error instanceof ProgramError) throw error;
  if (error instanceof ConfigurationError) throw new ProgramError(error.message);
  throw new ProgramError(error instanceof Error ? (error.stack ?? error.message) : String(error));
}

/** Throws an error of a request as {@link explain} does. Names the engine if it does not answer. */
export function explainOn(engine: DockerHost): (error: unknown) => never {
  return (error) => explain(explainUnreachableEngine(error, engine));
}
