import type { Problem } from "./problem.ts";
import { nearestWord } from "./spelling.ts";

/** A check of a value's type, for declarations in plain JavaScript, which no compiler checks. */
export type Check = (path: string, value: unknown) => readonly Problem[];

export const aString = ofType("string", "a string");

/** Any number. */
export const aNumber = ofType("number", "a number");

/** `true` or `false`. */
export const aBoolean = ofType("boolean", "true or false");

/** A list in which each element passes the check. */
export function listOf(check: Check, expected: string): Check {
  return (path, value) =>
    Array.isArray(value)
      ? value.flatMap((element: unknown, index) => check(`${path}[${index}]`, element))
      : wrongType(path, value, expected);
}

/** An object with any keys, in which each value passes the check. */
export function mapOf(check: Check, expected: string): Check {
  return (path, value) =>
    isPlainObject(value)
      ? Object.entries(value).flatMap(([name, element]) => check(`${path}.${name}`, element))
      : wrongType(path, value, expected);
}

/**
 * An object with these properties and no others. An undefined property counts as absent.
 * @param kind the kind of object, with its article: `"a service"`
 */
export function objectWith(
  kind: string,
  properties: Readonly<Record<string, Check>>,
  required: readonly string[] = [],
): Check {
  const known = Object.keys(properties);
  return (path, value) => {
    if (!isPlainObject(value)) return wrongType(path, value, `an object that describes ${kind}`);
    const given = Object.entries(value);
    return [
      ...given.flatMap(([name, element]) => {
        const check = Object.hasOwn(properties, name) ? properties[name] : undefined;
        if (check) return element === undefined ? [] : check(`${path}.${name}`, element);
        const similar = nearestWord(name, known);
        const remedy = similar === undefined ? `use ${known.join(", ")}` : `did you mean "${similar}"?`;
        return [{ path: `${path}.${name}`, message: `is not a property of ${kind}; ${remedy}` }];
      }),
      ...required
        .filter((name) => value[name] === undefined)
        .map((name) => ({ path: `${path}.${name}`, message: `is missing; ${kind} requires it` })),
    ];
  };
}

/** One check for values that pass the guard, another check for all others. */
export function when(guard: (value: unknown) => boolean, then: Check, otherwise: Check): Check {
  return (path, value) => (guard(value) ? then : otherwise)(path, value);
}

/** Whether a value is an object literal: not a list, function, promise or instance of a class. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** The problem of a value with the wrong type. */
export function wrongType(path: string, value: unknown, expected: string): readonly Problem[] {
  return [{ path, message: `is ${describe(value)}; use ${expected}` }];
}

function ofType(type: "string" | "number" | "boolean", expected: string): Check {
  return (path, value) => (typeof value === type ? [] : wrongType(path, value, expected));
}

function describe(value: unknown): string {
  if (value === undefined || value === null) return `${value}`;
  if (Array.isArray(value)) return "a list";
  if (typeof value === "string") return `the string "${value}"`;
  if (typeof value === "function") return "a function";
  if (typeof value !== "object") return `the ${typeof value} ${String(value)}`;
  const name = Object.prototype.toString.call(value).slice("[object ".length, -1);
  return name === "Object" ? "an object" : `a ${name}`;
}
