import { ConfigurationError } from "../model/problem.ts";

/** A service has no output, because its container does not exist or has not started yet. */
export class NoOutput extends ConfigurationError {
  override readonly name = "NoOutput";
}
