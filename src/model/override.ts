import { ConfigurationError } from "./problem.ts";
import { isPlainObject } from "./shape.ts";

/** The targets that let a declaration change their objects. */
export const OVERRIDABLE = ["docker", "compose", "kubernetes", "gitlab"] as const;

/**
 * The last word over the object that a service becomes in a target. Each target adds its function by
 * declaration merging, with types of its own.
 */
// biome-ignore lint/suspicious/noEmptyInterface: targets fill it
export interface ServiceOverrides {}

/** The last word over the object that a job becomes in a target. */
// biome-ignore lint/suspicious/noEmptyInterface: targets fill it
export interface JobOverrides {}

/**
 * The key of the functions in a plan. Copies of a part of a plan keep it, and JSON and YAML leave it out: the
 * plan stays data, which names only the targets.
 */
const OVERRIDE: unique symbol = Symbol("nestbox.override");

/** A part of a plan of which some targets' objects are changed. */
export interface Overridden {
  /** The names of these targets. Absent for none. */
  readonly overrides?: readonly string[];
  readonly [OVERRIDE]?: ServiceOverrides | JobOverrides;
}

/** The overrides of a declaration in a plan. */
export function plannedOverrides(override: ServiceOverrides | JobOverrides | undefined): Overridden {
  const functions = Object.entries(override ?? {}).filter(([, change]) => change !== undefined);
  if (functions.length === 0) return {};
  return { overrides: functions.map(([target]) => target), [OVERRIDE]: Object.fromEntries(functions) };
}

/**
 * The object of a target after the declaration's override.
 * @param path the path of the service or job
 * @param problemOf what is wrong with the changed object, and what to do instead. Undefined if nothing is
 * @throws ConfigurationError for a function that throws, returns no object, or returns a wrong one
 */
export function overridden<Lowered extends object>(
  target: (typeof OVERRIDABLE)[number],
  path: string,
  { overrides = [], [OVERRIDE]: functions = {} }: Overridden,
  lowered: Lowered,
  problemOf: (changed: Lowered) => string | undefined,
): Lowered {
  if (!overrides.includes(target)) return lowered;
  const change = Object.entries(functions).find(([name]) => name === target)?.[1];
  const refused = (problem: string) => new ConfigurationError(`${path}.override.${target}: ${problem}`);
  if (typeof change !== "function") throw refused("its function is not in the plan; plan the sandbox again");
  const changed = attempt(change as (object: Lowered) => unknown, lowered, refused);
  if (!isPlainObject(changed)) throw refused("returns no object; return the changed object");
  const problem = problemOf(changed as Lowered);
  if (problem !== undefined) throw refused(problem);
  return changed as Lowered;
}

function attempt<Lowered>(
  change: (object: Lowered) => unknown,
  lowered: Lowered,
  refused: (problem: string) => ConfigurationError,
): unknown {
  try {
    return change(lowered);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw refused(`the function threw an error: ${message}; correct it`);
  }
}

/** The names of labels of Nestbox's own that a changed object lacks or has with another value. */
export function changedLabels(
  own: Readonly<Record<string, string>>,
  changed: Readonly<Record<string, unknown>> | undefined,
): string | undefined {
  const lost = Object.entries(own).find(([name, value]) => changed?.[name] !== value);
  return lost && `removes the label ${lost[0]}, by which Nestbox finds the container; keep it`;
}
