/** A Pulumi property as the engine sends it to a provider that asked for plain values: JSON. */
export type PropertyValue =
  | null
  | boolean
  | number
  | string
  | readonly PropertyValue[]
  | { readonly [name: string]: PropertyValue | undefined };

/** The properties of a resource by name. */
export type Properties = Readonly<Record<string, PropertyValue | undefined>>;

/**
 * Stands for a value that is not known yet, in previews.
 * Source: `UnknownStringValue` in Pulumi's sdk/go/common/resource/plugin/rpc.go.
 */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Whether `value` is unknown, or holds something unknown at any depth. */
export function holdsUnknown(value: PropertyValue | undefined): boolean {
  if (value === unknownValue) return true;
  if (value === null || typeof value !== "object") return false;
  return Object.values(value).some(holdsUnknown);
}

/** `properties` without those that are undefined. */
export function definedOnly<Value>(
  properties: Readonly<Record<string, Value | undefined>>,
): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(properties).filter((entry): entry is [string, Value] => entry[1] !== undefined),
  );
}
