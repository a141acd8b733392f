/** A problem of a declaration: its place, its cause, and its remedy. */
export interface Problem {
  /** The path of the property, for example `snake.services.cache.alias`. */
  readonly path: string;
  readonly message: string;
}

/**
 * An error that only the user can correct, in a declaration, a setting or on the machine. The command line
 * prints its message without a stack trace and exits with 2.
 */
export class ConfigurationError extends Error {
  override readonly name: string = "ConfigurationError";

  // Without this, util.inspect of the Pulumi SDK takes tens of seconds to walk the whole runtime.
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.message;
  }
}

/** An invalid declaration, with all its problems. */
export class DeclarationError extends ConfigurationError {
  override readonly name = "DeclarationError";
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(({ path, message }) => `${path}: ${message}`).join("\n"));
    this.problems = problems;
  }
}

/** @throws DeclarationError with all problems, if there are any */
export function requireNone(problems: Iterable<Problem>): void {
  const found = [...problems];
  if (found.length > 0) throw new DeclarationError(found);
}
