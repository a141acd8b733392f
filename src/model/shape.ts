import type { Problem } from "./problem.ts";
import { nearestWord } from "./spelling.ts";
import { hasLostSecret } from "./text.ts";

/** A check of a value: of its type, which no compiler checks in plain JavaScript, or that it is legal. */
export type Check = (path: string, value: unknown) => readonly Problem[];

const anyString = ofType("string", "a string");

/** A string without a secret, which only variables and contents of files may have. */
export const aString: Check = legal(anyString, (value: string) =>
  hasLostSecret(value)
    ? 'has a secret, which only env and the content of a file can have; declare it in env, and use "$NAME"'
    : undefined,
);

/** Any number. */
export const aNumber = ofType("number", "a number");

/** `true` or `false`. */
export const aBoolean = ofType("boolean", "true or false");

export const aFunction = ofType("function", "a function");

/**
 * A value of a type that is also legal.
 * @param problemOf what is wrong with a value of the type, and the remedy. Undefined for a legal value
 */
export function legal<Value>(type: Check, problemOf: (value: Value) => string | undefined): Check {
  return (path, value) => {
    const wrong = type(path, value);
    if (wrong.length > 0) return wrong;
    const message = problemOf(value as Value);
    return message === undefined ? [] : [{ path, message }];
  };
}

/** A list in which each element passes the check. */
export function listOf(check: Check, expected: string): Check {
  return (path, value) =>
    Array.isArray(value)
      ? // A hole in a list is an undefined element.
        Array.from(value).flatMap((element: unknown, index) => check(`${path}[${index}]`, element))
      : wrongType(path, value, expected);
}

/** A list that passes the check and has no element twice. */
export function withoutRepetition(list: Check): Check {
  return legal(list, (values: readonly unknown[]) => {
    const repeated = values.find((value, index) => values.indexOf(value) !== index);
    return repeated === undefined ? undefined : `lists "${repeated}" twice; remove one`;
  });
}

/**
 * A list or object that passes the check and is not empty.
 * @param remedy what to do about an empty one
 */
export function filledWith(check: Check, remedy: string): Check {
  return legal(check, (value: object) =>
    Object.keys(value).length === 0 ? `is empty; ${remedy}` : undefined,
  );
}

/**
 * An object with any keys, in which each value passes the check.
 * @param keyProblem what is wrong with a key, and what to use instead. @default any key is legal
 */
export function mapOf(
  check: Check,
  expected: string,
  keyProblem: (key: string) => string | undefined = () => undefined,
): Check {
  return (path, value) =>
    isPlainObject(value)
      ? Object.entries(value).flatMap(([key, element]) => {
          const message = keyProblem(key);
          return [
            ...(message === undefined ? [] : [{ path, message }]),
            ...check(inside(path, key), element),
          ];
        })
      : wrongType(path, value, expected);
}

/** The path of a key: `env.PATH`, `publish[80]`, `files["/etc/app.conf"]`. */
function inside(path: string, key: string): string {
  if (/^[A-Za-z_][\w-]*$/.test(key)) return `${path}.${key}`;
  return `${path}[${/^\d+$/.test(key) ? key : JSON.stringify(key)}]`;
}

/**
 * An object with these properties and no others. An undefined property counts as absent.
 * @param kind the kind of object, with its article: `"a service"`
 * @param remedies what to do about words of other tools, which no property has
 */
export function objectWith(
  kind: string,
  properties: Readonly<Record<string, Check>>,
  required: readonly string[] = [],
  remedies: Readonly<Record<string, string>> = {},
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
        const others = similar === undefined ? `use ${known.join(", ")}` : `did you mean "${similar}"?`;
        const remedy = Object.hasOwn(remedies, name) ? remedies[name] : others;
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

function ofType(type: "string" | "number" | "boolean" | "function", expected: string): Check {
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
