import { type SandboxDefinition, sandbox } from "../../src/model/declaration/sandbox.ts";
import { DeclarationError } from "../../src/model/problem.ts";

/** The problems of a declaration of any type, each as `path: message`. */
export function problemsIn(definition: unknown, name: unknown = "snake"): readonly string[] {
  try {
    sandbox(name as string, definition as SandboxDefinition<unknown>);
    return [];
  } catch (error) {
    if (!(error instanceof DeclarationError)) throw error;
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
}
