import { ConfigurationError } from "../model/problem.ts";

/** A service that cannot be forked. The message says what to use instead. */
export class CannotFork extends ConfigurationError {
  override readonly name = "CannotFork";
}
