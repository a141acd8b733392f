import { ConfigurationError } from "../../model/problem.ts";

/**
 * The error for a sandbox on the command line that the project does not declare.
 * @param declared the names of the declared sandboxes
 */
export function unknownSandbox(name: string, declared: readonly string[]): ConfigurationError {
  return new ConfigurationError(
    `no sandbox "${name}"; sandboxes/index.ts lists ${declared.join(", ") || "none"}`,
  );
}
