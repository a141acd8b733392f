import type { Sandbox } from "../model/declaration/sandbox.ts";
import { requireSandbox } from "../model/declaration/sandbox-origin.ts";
import { ConfigurationError } from "../model/problem.ts";

/**
 * The sandboxes in the default export of a project's declarations.
 * @param file the file of the declarations, for errors. @default the argument of a Pulumi program
 * @throws ConfigurationError for anything but a list of sandboxes, and for a duplicate name
 */
export function declaredSandboxes(exported: unknown, file = "sandboxes"): readonly Sandbox[] {
  if (!Array.isArray(exported))
    throw new ConfigurationError(
      `${file}: has no list of sandboxes as its default export; write: export default [snake]`,
    );
  const names = new Set<string>();
  for (const [index, sandbox] of exported.entries()) {
    requireSandbox(sandbox, `${file}: number ${index + 1} of its list`);
    if (names.has(sandbox.name))
      throw new ConfigurationError(`${file}: lists "${sandbox.name}" twice; rename or remove one`);
    names.add(sandbox.name);
  }
  return exported as readonly Sandbox[];
}
