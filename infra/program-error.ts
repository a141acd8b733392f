import { RunError } from "@pulumi/pulumi";

/**
 * Ends a Pulumi program with a message and nothing else. A plain error would be printed with the SDK's whole runtime, which takes tens of seconds.
 */
export class ProgramError extends RunError {
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.message;
  }
}
