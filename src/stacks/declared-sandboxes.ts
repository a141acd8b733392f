import type { Sandbox } from "../model/declaration/sandbox.ts";
import { ConfigurationError } from "../model/problem.ts";

/**
 * The sandboxes in the default export of a project's declarations.
 * @param file the file of the declarations, for errors
 * @throws ConfigurationError for anything but a list of sandboxes, and for a duplicate name
 */
export function declaredSandboxes(exported: unknown, file = "sandboxes/index.ts"): readonly Sandbox[] {
  if (!Array.isArray(exported)) {
    throw new ConfigurationError(
      `${file}: has no list of sandboxes as its default export; write: export default [snake]`,
    );
  }
  const names = new Set<string>();
  for (const [index, sandbox] of exported.entries()) {
    if (!isSandbox(sandbox)) {
      throw new ConfigurationError(
        `${file}: number ${index + 1} of its list is not a sandbox; create it with sandbox("name", { … })`,
      );
    }
    if (names.has(sandbox.name)) {
      throw new ConfigurationError(`${file}: lists "${sandbox.name}" twice; rename or remove one`);
    }
    names.add(sandbox.name);
  }
  return exported as readonly Sandbox[];
}

function isSandbox(value: unknown): value is Sandbox {
  const { name, networks, services, jobs } = Object(value) as Partial<Sandbox>;
  return typeof name === "string" && [networks, services, jobs].every((part) => typeof part === "object");
}
