import { DeclarationError, type Problem } from "../problem.ts";
import type { Environment } from "../text.ts";
import { environmentShapeProblems } from "./declaration-shape.ts";
import type { TrackedReferences } from "./references.ts";
import type { WrittenEnvironment } from "./service.ts";

/** Environment variables as data, the keys of the services that they reference, and their problems. */
export interface EvaluatedEnvironment {
  readonly env: Environment;
  readonly refersTo: readonly string[];
  readonly problems: readonly Problem[];
}

/** Calls an `env` function once and records its references. An environment with problems is empty. */
export function evaluateEnvironment<Connections>(
  path: string,
  env: WrittenEnvironment<Connections> | undefined,
  references: (path: string) => TrackedReferences<Connections>,
): EvaluatedEnvironment {
  if (typeof env !== "function") return { env: env ?? {}, refersTo: [], problems: [] };
  const { services, used } = references(path);
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
