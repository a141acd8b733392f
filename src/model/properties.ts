/** Properties with one value: `properties("yes", "image", "user")`. */
export function properties<Key extends string, Value>(
  value: Value,
  ...names: readonly Key[]
): Readonly<Record<Key, Value>> {
  return Object.fromEntries(names.map((name) => [name, value])) as Record<Key, Value>;
}
