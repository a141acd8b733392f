import { requireValid } from "../model/declaration/invalid-sandbox.ts";
import type { Sandbox } from "../model/declaration/sandbox.ts";
import { ConfigurationError } from "../model/problem.ts";
import { unknownSandbox } from "./declared-list.ts";
import type { Project } from "./project.ts";

type Declarations = Pick<Project, "declared" | "declaredIn">;

/**
 * The declared sandboxes with these names, in the order of the declarations; all without a name.
 * @throws ConfigurationError for an unknown name, DeclarationError with the problems of all chosen sandboxes
 */
export function chosenSandboxes(
  { declared, declaredIn }: Declarations,
  names: readonly string[],
): readonly Sandbox[] {
  const known = declared.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw unknownSandbox(unknown, known, declaredIn);
  const chosen = declared.filter(({ name }) => names.length === 0 || names.includes(name));
  requireValid(chosen);
  return chosen;
}

/**
 * The declared sandbox of a name; without one, the only sandbox.
 * @throws ConfigurationError for an unknown name, and without one if there are several
 */
export function chosenSandbox(project: Declarations, name: string | undefined): Sandbox {
  const [only, ...others] = chosenSandboxes(project, name === undefined ? [] : [name]);
  if (only !== undefined && others.length === 0) return only;
  const names = project.declared.map((sandbox) => sandbox.name).join(", ");
  throw new ConfigurationError(`SANDBOX: is missing; name one of ${names || "none"}`);
}
