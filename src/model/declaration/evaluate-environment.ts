import { DeclarationError, type Problem } from "../problem.ts";
import { isPlainObject } from "../shape.ts";
import { ENVIRONMENTS } from "./declaration-shape.ts";
import { type ReachableService, type referencesTo, referenceTo } from "./references.ts";
import type { WrittenEnvironment } from "./service.ts";

/**
 * Environment variables as data, the keys of the services that they reference, and their problems. An `env`
 * function is called once. An environment with problems is empty.
 */
export function evaluateEnvironment<Connections>(
  path: string,
  group: keyof typeof ENVIRONMENTS,
  env: WrittenEnvironment<Connections> = {},
  { services, used }: ReturnType<typeof referencesTo<Connections>>,
) {
  if (typeof env !== "function") return { env, refersTo: [], problems: [] };
  try {
    const values = env(services);
    const problems = ENVIRONMENTS[group](path, values);
    return { env: problems.length === 0 ? values : {}, refersTo: [...used], problems };
  } catch (error) {
    return { env: {}, refersTo: [...used], problems: problemsOf(path, error) };
  }
}

/** The problems of what a service's `variables` returns for its own address. */
export function variablesProblems(path: string, key: string, service: ReachableService): readonly Problem[] {
  const { variables, ...others } = service;
  if (variables === undefined) return [];
  try {
    const declared: unknown = variables(referenceTo(path, key, others));
    const isGiven = ([, value]: readonly [string, unknown]) => value !== undefined;
    // Jobs and shells have them.
    return ENVIRONMENTS.jobs(
      path,
      isPlainObject(declared) ? Object.fromEntries(Object.entries(declared).filter(isGiven)) : declared,
    );
  } catch (error) {
    return problemsOf(path, error);
  }
}

function problemsOf(path: string, error: unknown): readonly Problem[] {
  if (error instanceof DeclarationError) return error.problems;
  const message = error instanceof Error ? error.message : String(error);
  return [{ path, message: `the function threw an error: ${message}` }];
}
