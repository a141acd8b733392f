import { ConfigurationError } from "../../model/problem.ts";

/**
 * The error for a sandbox on the command line that the project does not declare.
 * @param declared the names of the declared sandboxes
 * @param file the file that declares them
 */
export function unknownSandbox(name: string, declared: readonly string[], file: string): ConfigurationError {
  return new ConfigurationError(`no sandbox "${name}"; ${file} lists ${declared.join(", ") || "none"}`);
}
