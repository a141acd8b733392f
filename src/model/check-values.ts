import type { Problem } from "./problem.ts";

export function unknown(
  path: string,
  kind: string,
  name: string,
  known: readonly string[],
): readonly Problem[] {
  if (known.includes(name)) return [];
  return problem(path, `no ${kind} "${name}" in this sandbox; it has ${known.join(", ") || "none"}`);
}

/** A list of one problem, or none without a message. */
export function problem(path: string, message: string | undefined): readonly Problem[] {
  return message === undefined ? [] : [{ path, message }];
}

/** Names the problems of the properties at a path. */
export function problemsAt(path: string) {
  return (property: string, message: string): Problem => ({ path: `${path}.${property}`, message });
}
