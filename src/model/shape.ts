import type { Problem } from "./problem.ts";
import { nearestWord } from "./spelling.ts";

/**
 * What is wrong with the type of a value: what plain JavaScript may write where the compiler would have
 * objected.
 */
export type Check = (path: string, value: unknown) => readonly Problem[];

/** Any string. */
export const aString = ofType("string", "text in quotes");

/** Any number. */
export const aNumber = ofType("number", "a number");

/** `true` or `false`. */
export const aBoolean = ofType("boolean", "true or false");

/** A list whose elements pass the check. */
export function listOf(check: Check, wanted: string): Check {
  return (path, value) =>
    Array.isArray(value)
      ? value.flatMap((element: unknown, index) => check(`${path}[${index}]`, element))
      : wrongType(path, value, wanted);
}

/** An object with names of a person's choice, whose values pass the check. */
export function mapOf(check: Check, wanted: string): Check {
  return (path, value) =>
    isPlainObject(value)
      ? Object.entries(value).flatMap(([name, element]) => check(`${path}.${name}`, element))
      : wrongType(path, value, wanted);
}

/**
 * An object with these properties and no others. A property that is undefined counts as left out.
 * @param what what the object is, with its article: `"a service"`
 */
export function objectWith(
  what: string,
  properties: Readonly<Record<string, Check>>,
  required: readonly string[] = [],
): Check {
  const known = Object.keys(properties);
  return (path, value) => {
    if (!isPlainObject(value)) return wrongType(path, value, `an object that describes ${what}`);
    const given = Object.entries(value);
    return [
      ...given.flatMap(([name, element]) => {
        const check = known.includes(name) ? properties[name] : undefined;
        if (!check) return unknownProperty(path, what, name, known);
        return element === undefined ? [] : check(`${path}.${name}`, element);
      }),
      ...required
        .filter((name) => value[name] === undefined)
        .map((name) => ({ path: `${path}.${name}`, message: `is missing; ${what} needs it` })),
    ];
  };
}

/** One check for what passes the guard, another for the rest. */
export function when(guard: (value: unknown) => boolean, then: Check, otherwise: Check): Check {
  return (path, value) => (guard(value) ? then : otherwise)(path, value);
}

/** Whether a value is an object as braces make it, and no list, function, promise or other class's. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** The problem that a value is not what is wanted there. */
export function wrongType(path: string, value: unknown, wanted: string): readonly Problem[] {
  return [{ path, message: `is ${describe(value)}; write ${wanted}` }];
}

function ofType(type: "string" | "number" | "boolean", wanted: string): Check {
  return (path, value) => (typeof value === type ? [] : wrongType(path, value, wanted));
}

function describe(value: unknown): string {
  if (value === undefined || value === null) return `${value}`;
  if (Array.isArray(value)) return "a list";
  if (typeof value === "string") return `the text "${value}"`;
  if (typeof value === "function") return "a function";
  if (typeof value !== "object") return `the ${typeof value} ${String(value)}`;
  const kind = Object.prototype.toString.call(value).slice("[object ".length, -1);
  return kind === "Object" ? "an object" : `a ${kind}`;
}

function unknownProperty(
  path: string,
  what: string,
  name: string,
  known: readonly string[],
): readonly Problem[] {
  const meant = nearestWord(name, known);
  const remedy = meant === undefined ? `it knows ${known.join(", ")}` : `did you mean "${meant}"?`;
  return [{ path: `${path}.${name}`, message: `is no property of ${what}; ${remedy}` }];
}
