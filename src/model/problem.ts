/** One thing that is wrong in a declaration: where it stands, what is wrong, and what to do. */
export interface Problem {
  /** The path of the property, for example `snake.services.cache.alias`. */
  readonly path: string;
  readonly message: string;
}

/**
 * Something that a person has to change: a declaration, a setting, a machine. Its message is all there is to
 * read; the command line prints it without a stack trace and ends with exit code 2.
 */
export class ConfigurationError extends Error {
  override readonly name: string = "ConfigurationError";

  // The Pulumi SDK prints an error through util.inspect, which walks its whole runtime without this (tens of
  // seconds).
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.message;
  }
}

/** A declaration that cannot become a sandbox. All its problems at once. */
export class DeclarationError extends ConfigurationError {
  override readonly name = "DeclarationError";
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(({ path, message }) => `${path}: ${message}`).join("\n"));
    this.problems = problems;
  }
}
