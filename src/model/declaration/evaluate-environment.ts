import { DeclarationError, type Problem } from "../problem.ts";
import { environmentShapeProblems } from "./declaration-shape.ts";
import type { referencesTo } from "./references.ts";
import type { WrittenEnvironment } from "./service.ts";

/**
 * Environment variables as data, the keys of the services that they reference, and their problems. An `env`
 * function is called once. An environment with problems is empty.
 */
export function evaluateEnvironment<Connections>(
  path: string,
  env: WrittenEnvironment<Connections> = {},
  { services, used }: ReturnType<typeof referencesTo<Connections>>,
) {
  if (typeof env !== "function") return { env, refersTo: [], problems: [] };
  try {
    const values = env(services);
    const problems = environmentShapeProblems(path, values);
    return { env: problems.length === 0 ? values : {}, refersTo: [...used], problems };
  } catch (error) {
    return { env: {}, refersTo: [...used], problems: problemsOf(path, error) };
  }
}

function problemsOf(path: string, error: unknown): readonly Problem[] {
  if (error instanceof DeclarationError) return error.problems;
  const message = error instanceof Error ? error.message : String(error);
  return [{ path, message: `the function threw an error: ${message}` }];
}
