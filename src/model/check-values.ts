import { parseDuration } from "./duration.ts";
import type { Problem } from "./problem.ts";
import { parseSize } from "./size.ts";

export function illegalPort(path: string, port: number): readonly Problem[] {
  const legal = Number.isInteger(port) && port >= 1 && port <= 65535;
  return legal ? [] : problem(path, `${port} is not a port; use a whole number from 1 to 65535`);
}

export function absolutePath(path: string, target: string): readonly Problem[] {
  if (/^\/[^:]+$/s.test(target) && !target.split("/").includes("..")) return [];
  return problem(
    path,
    `"${target}" is not a path in the container; use an absolute path without ".." and ":"`,
  );
}

export function projectPath(path: string, source: string): readonly Problem[] {
  if (source !== "" && !source.startsWith("/") && !source.split("/").includes("..")) return [];
  const use = `use a path relative to the project's folder, without ".."`;
  return problem(path, `"${source}" is outside the project; ${use}`);
}

export function duration(path: string, value: string | undefined): readonly Problem[] {
  if (value === undefined || parseDuration(value) !== undefined) return [];
  return problem(path, `"${value}" is not a duration; use a number with ms, s, m, h or d, for example "30s"`);
}

export function sizeProblems(path: string, value: string | undefined): readonly Problem[] {
  if (value === undefined || parseSize(value) !== undefined) return [];
  return problem(path, `"${value}" is not a size; use a number with KiB, MiB or GiB, for example "256MiB"`);
}

export function positiveNumber(path: string, value: number | undefined): readonly Problem[] {
  if (value === undefined || (value > 0 && Number.isFinite(value))) return [];
  return problem(path, `${value} is not a positive number; use one such as 1.5`);
}

export function positiveInteger(path: string, value: number | undefined): readonly Problem[] {
  if (value === undefined || (Number.isInteger(value) && value > 0)) return [];
  return problem(path, `${value} is not a positive whole number; use one such as 3`);
}

export function duplicates(path: string, values: readonly (string | number)[]): readonly Problem[] {
  const repeated = new Set(values.filter((value, index) => values.indexOf(value) !== index));
  return [...repeated].flatMap((value) => problem(path, `lists "${value}" twice; remove one`));
}

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
