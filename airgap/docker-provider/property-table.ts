import { canonicalOf, type Field, fieldProblems, type InputProblem, type Shape } from "./property-shapes.ts";
import { definedOnly, type Properties, type PropertyValue } from "./property-values.ts";

/**
 * What a change of a property does to a resource.
 * - `replaces`: a new resource takes its place
 * - `in place`: the engine changes the living object
 * - `provider`: only this provider uses the value (how long to wait, how to remove); the object does not change
 * - `fixed`: in place by the contract of @pulumi/docker, but no engine can: the official provider ignores the change,
 *   this one refuses it
 */
export type Change = "replaces" | "in place" | "provider" | "fixed";

/** One input property of a resource type. */
export type Property =
  | { readonly need: "required" | "optional"; readonly shape: Shape<unknown>; readonly change: Change }
  | { readonly need: "refused" };

/** The input properties of a resource type by name. */
export type PropertyTable = Readonly<Record<string, Property & Field>>;

/** An optional input property. */
export function property<AnyShape extends Shape<unknown>>(shape: AnyShape, change: Change) {
  return { need: "optional", shape, change } as const;
}

/** An input property that must be set. */
export function requiredProperty<AnyShape extends Shape<unknown>>(shape: AnyShape, change: Change) {
  return { need: "required", shape, change } as const;
}

/** What is wrong with the inputs of a resource; the paths are those a program writes. */
export function inputProblems(table: PropertyTable, inputs: Properties): readonly InputProblem[] {
  return fieldProblems(table, ownInputs(inputs), "");
}

/** The names of the properties whose values mean something else in `after` than in `before`. */
export function changedProperties(table: PropertyTable, before: Properties, after: Properties): string[] {
  return Object.keys(table).filter((name) => !sameProperty(table, name, before[name], after[name]));
}

/** Whether two values of the property `name` mean the same. */
export function sameProperty(
  table: PropertyTable,
  name: string,
  one: PropertyValue | undefined,
  other: PropertyValue | undefined,
): boolean {
  const property = table[name];
  if (property === undefined || property.need === "refused") return true;
  return sameJson(canonicalOf(property.shape, one), canonicalOf(property.shape, other));
}

/**
 * The inputs that a program would have to say to get what is there. Where `said` and `seen` mean the same, the words of
 * `said` stay, so that nothing differs that does not have to.
 */
export function inputsAsSeen(table: PropertyTable, seen: Properties, said: Properties = {}): Properties {
  const inputs = Object.keys(table).map((name): [string, PropertyValue | undefined] => {
    return [name, sameProperty(table, name, seen[name], said[name]) ? said[name] : seen[name]];
  });
  return definedOnly({ ...Object.fromEntries(inputs), __defaults: said.__defaults });
}

/** Those of `names` whose change is of the given kind. */
export function withChange(table: PropertyTable, names: readonly string[], change: Change): string[] {
  return names.filter((name) => {
    const property = table[name];
    return property !== undefined && property.need !== "refused" && property.change === change;
  });
}

/** Inputs without what Pulumi keeps for itself in them (`__defaults`). */
export function ownInputs(inputs: Properties): Properties {
  return Object.fromEntries(Object.entries(inputs).filter(([name]) => !name.startsWith("__")));
}

function sameJson(one: PropertyValue | undefined, other: PropertyValue | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
