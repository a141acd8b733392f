import { DeclarationError, type Problem } from "../problem.ts";
import type { Sandbox } from "./declaration.ts";

/** The same symbol in every copy of the package. */
const PROBLEMS = Symbol.for("nestbox.problems");

/** What an invalid sandbox does not have. The compiler requires every property. */
const CONTENTS: Readonly<Record<Exclude<keyof Sandbox, "name">, true>> = {
  description: true,
  perBranch: true,
  networks: true,
  volumes: true,
  services: true,
  jobs: true,
};

/**
 * A sandbox with problems: its name, and properties that throw all problems when they are read. One module
 * declares all sandboxes of a project. If the declaration itself threw, one invalid sandbox would stop every
 * command on every other one. Since nothing can read an invalid sandbox, nobody uses one unnoticed.
 */
export function invalidSandbox<Connections>(
  name: unknown,
  problems: readonly Problem[],
): Sandbox<Connections> {
  // Created here, so that its stack trace has the line of the declaration.
  const error = new DeclarationError(problems);
  const refuse = () => {
    throw error;
  };
  const invalid = { name: String(name) };
  Object.defineProperty(invalid, PROBLEMS, { value: problems });
  for (const property of Object.keys(CONTENTS))
    Object.defineProperty(invalid, property, { get: refuse, enumerable: true });
  return invalid as Sandbox<Connections>;
}

/** The problems of a sandbox; none if it is valid. */
export function sandboxProblems(sandbox: object): readonly Problem[] {
  return (sandbox as { readonly [PROBLEMS]?: readonly Problem[] })[PROBLEMS] ?? [];
}

/** @throws DeclarationError with the problems of all these sandboxes */
export function requireValid(sandboxes: readonly Sandbox[]): void {
  const problems = sandboxes.flatMap(sandboxProblems);
  if (problems.length > 0) throw new DeclarationError(problems);
}
