import { definedOnly, type PropertyValue, unknownValue } from "./property-values.ts";

/** Something wrong with an input: where ("healthcheck.tests[0]") and what to do about it. */
export interface InputProblem {
  readonly path: string;
  readonly reason: string;
}

/** What a property's value looks like. */
export interface Shape<Value> {
  /** The problems of a value; none when it has this shape. Unknown values have every shape. */
  problems(value: PropertyValue, path: string): readonly InputProblem[];
  /**
   * The one spelling of all values that mean the same: sets sorted, defaults left out, durations in nanoseconds.
   * Undefined when the value means the same as none at all.
   */
  canonical(value: PropertyValue): PropertyValue | undefined;
  /** Never set: carries the type for `ValueOf`. */
  readonly value?: Value;
}

/** The TypeScript type of the values of a shape. */
export type ValueOf<AnyShape> = AnyShape extends Shape<infer Value> ? Value : never;

/** A string. */
export function text(
  options: { readonly default?: string; readonly oneOf?: readonly string[] } = {},
): Shape<string> {
  return shape(
    (value, path) => {
      if (typeof value !== "string") return [wrong(path, "must be a string", value)];
      if (options.oneOf !== undefined && !options.oneOf.includes(value)) {
        return [wrong(path, `must be one of ${options.oneOf.join(", ")}`, value)];
      }
      return [];
    },
    (value) => (value === "" || value === options.default ? undefined : value),
  );
}

/** A number. */
export function number(options: { readonly default?: number } = {}): Shape<number> {
  return shape(
    (value, path) => (typeof value === "number" ? [] : [wrong(path, "must be a number", value)]),
    (value) => (value === options.default ? undefined : value),
  );
}

/** True or false. Without a default, false is something else than nothing. */
export function flag(options: { readonly default?: boolean } = {}): Shape<boolean> {
  return shape(
    (value, path) => (typeof value === "boolean" ? [] : [wrong(path, "must be true or false", value)]),
    (value) => (value === options.default ? undefined : value),
  );
}

/** A number above zero, written as text: "1.5". */
export const decimal: Shape<string> = shape(
  (value, path) =>
    typeof value === "string" && (value === "" || Number(value) > 0)
      ? []
      : [{ path, reason: 'must be a number above zero as a string, such as "1.5"' }],
  (value) => (value === "" ? undefined : Number(value)),
);

/** A duration in Go's notation: "1m30s", "500ms". */
export const duration: Shape<string> = shape(
  (value, path) =>
    typeof value === "string" && nanoseconds(value) !== undefined
      ? []
      : [wrong(path, 'must be a duration such as "500ms", "10s" or "1m30s"', value)],
  (value) => nanoseconds(String(value)) || undefined,
);

/** A list whose order matters. */
export function listOf<Value>(item: Shape<Value>): Shape<readonly Value[]> {
  return shape(
    (value, path) => itemProblems(item, value, path),
    (value) => {
      const items = asList(value).map((one) => item.canonical(one) ?? one);
      return items.length === 0 ? undefined : items;
    },
  );
}

/** A list whose order does not matter. */
export function setOf<Value>(item: Shape<Value>): Shape<readonly Value[]> {
  return shape(
    (value, path) => itemProblems(item, value, path),
    (value) => {
      const items = asList(value).map((one) => JSON.stringify(item.canonical(one) ?? one));
      return items.length === 0 ? undefined : items.sort();
    },
  );
}

/** Names with a string each. */
export const textMap: Shape<Readonly<Record<string, string>>> = shape(
  (value, path) => {
    if (!isObject(value)) return [wrong(path, "must be an object of strings", value)];
    return Object.entries(value).flatMap(([name, one]) => text().problems(one ?? null, `${path}.${name}`));
  },
  (value) => {
    const entries = Object.entries(isObject(value) ? value : {}).sort(([a], [b]) => (a < b ? -1 : 1));
    return entries.length === 0 ? undefined : Object.fromEntries(entries);
  },
);

/** A field of a record: must it be there, may it be there, or is it refused because nothing here implements it? */
export type Field =
  | { readonly need: "required" | "optional"; readonly shape: Shape<unknown> }
  | { readonly need: "refused" };

/** The field must be set. */
export function required<AnyShape extends Shape<unknown>>(shape: AnyShape) {
  return { need: "required", shape } as const;
}

/** The field may be set. */
export function optional<AnyShape extends Shape<unknown>>(shape: AnyShape) {
  return { need: "optional", shape } as const;
}

/** The official provider has this field and this one has not. */
export const refused = { need: "refused" } as const;

/** The TypeScript type of a record's values. */
export type RecordOf<Fields extends Readonly<Record<string, Field>>> = {
  readonly [Name in keyof Fields as Fields[Name] extends { need: "required" } ? Name : never]: FieldValue<
    Fields[Name]
  >;
} & {
  readonly [Name in keyof Fields as Fields[Name] extends { need: "optional" } ? Name : never]?:
    | FieldValue<Fields[Name]>
    | undefined;
};
type FieldValue<AnyField> = AnyField extends { readonly shape: infer AnyShape } ? ValueOf<AnyShape> : never;

/** An object with known fields. */
export function record<Fields extends Readonly<Record<string, Field>>>(
  fields: Fields,
): Shape<RecordOf<Fields>> {
  return shape(
    (value, path) => {
      if (!isObject(value)) return [wrong(path, "must be an object", value)];
      return fieldProblems(fields, value, `${path}.`);
    },
    (value) => {
      const present = Object.entries(isObject(value) ? value : {}).sort(([a], [b]) => (a < b ? -1 : 1));
      const canonical = definedOnly(
        Object.fromEntries(
          present.map(([name, one]) => {
            const field = fields[name];
            if (one === undefined || one === null || field === undefined || field.need === "refused")
              return [name, undefined];
            return [name, canonicalOf(field.shape, one)];
          }),
        ),
      );
      return Object.keys(canonical).length === 0 ? undefined : canonical;
    },
  );
}

/** The problems of an object's fields: unknown names, refused names, missing ones, and each value's own. */
export function fieldProblems(
  fields: Readonly<Record<string, Field>>,
  value: { readonly [name: string]: PropertyValue | undefined },
  prefix: string,
): readonly InputProblem[] {
  const missing = Object.entries(fields)
    .filter(([name, field]) => field.need === "required" && (value[name] ?? null) === null)
    .map(([name]) => ({ path: prefix + name, reason: "is required: set it" }));
  const wrongs = Object.entries(value).flatMap(([name, one]) => {
    if (one === undefined || one === null) return [];
    const path = prefix + name;
    const field = fields[name];
    if (field === undefined) return [{ path, reason: "is no property of @pulumi/docker: remove it" }];
    if (field.need === "refused") return [{ path, reason: notImplemented }];
    return field.shape.problems(one, path);
  });
  return [...missing, ...wrongs];
}

/** The canonical form of a known value; an unknown value is its own. */
export function canonicalOf(
  shape: Shape<unknown>,
  value: PropertyValue | undefined,
): PropertyValue | undefined {
  return value === undefined || value === null ? undefined : shape.canonical(value);
}

const notImplemented =
  "is not implemented by this stand-in for the Docker provider: remove it, or install the official plugin (pulumi plugin install resource docker 5.2.0)";

/**
 * A duration in Go's notation as nanoseconds; undefined when it is none.
 * Source: Go's time.ParseDuration, without signs.
 */
export function nanoseconds(duration: string): number | undefined {
  if (duration === "0") return 0;
  if (!/^(\d+(\.\d*)?(ns|us|µs|ms|s|m|h))+$/.test(duration)) return undefined;
  const parts = duration.matchAll(/(\d+(?:\.\d*)?)(ns|us|µs|ms|s|m|h)/g);
  return [...parts].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * (nanosecondsIn[unit ?? ""] ?? 0),
    0,
  );
}

/** Nanoseconds as a duration in Go's notation, in the largest unit that needs no fraction. */
export function durationText(nanoseconds: number): string {
  const unit =
    ["h", "m", "s", "ms", "us"].find((unit) => nanoseconds % (nanosecondsIn[unit] ?? 1) === 0) ?? "ns";
  return nanoseconds === 0 ? "0s" : `${nanoseconds / (nanosecondsIn[unit] ?? 1)}${unit}`;
}

const nanosecondsIn: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

/** A shape of one's own: unknown values have every shape, and are their own canonical form. */
export function shape<Value>(
  problems: (value: PropertyValue, path: string) => readonly InputProblem[],
  canonical: (value: PropertyValue) => PropertyValue | undefined,
): Shape<Value> {
  return {
    problems: (value, path) => (value === unknownValue ? [] : problems(value, path)),
    canonical: (value) => (value === unknownValue ? unknownValue : canonical(value)),
  };
}

function itemProblems(item: Shape<unknown>, value: PropertyValue, path: string): readonly InputProblem[] {
  if (!Array.isArray(value)) return [wrong(path, "must be a list", value)];
  return asList(value).flatMap((one, index) => item.problems(one, `${path}[${index}]`));
}

function asList(value: PropertyValue): readonly PropertyValue[] {
  return Array.isArray(value) ? value : [];
}

function isObject(value: PropertyValue): value is { readonly [name: string]: PropertyValue | undefined } {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/** Says what kind of value was found instead, never the value itself: it may be a secret. */
function wrong(path: string, rule: string, found: PropertyValue): InputProblem {
  const kind =
    found === null ? "nothing" : Array.isArray(found) ? "a list" : `a value of type ${typeof found}`;
  return { path, reason: `${rule}, not ${kind}` };
}
