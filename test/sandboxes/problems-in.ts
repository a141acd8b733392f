import { sandboxProblems } from "../../src/model/declaration/invalid-sandbox.ts";
import { type SandboxDefinition, sandbox } from "../../src/model/declaration/sandbox.ts";

/** The problems of a declaration of any type, each as `path: message`. */
export function problemsIn(definition: unknown, name: unknown = "snake"): readonly string[] {
  const declared = sandbox(name as string, definition as SandboxDefinition<unknown>);
  return sandboxProblems(declared).map(({ path, message }) => `${path}: ${message}`);
}
