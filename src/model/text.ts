import { ConfigurationError } from "./problem.ts";

/**
 * A secret in a declaration: its name, never its value. The value is bound when a target runs: from the
 * stack's encrypted configuration or the environment on Docker, from a masked variable in GitLab CI.
 */
export interface SecretReference {
  readonly secret: string;
}

/** Text that may contain secrets: a plain string, a secret, or a sequence of both. */
export type Text = string | SecretReference | readonly (string | SecretReference)[];

/** Environment variables. The container gets the exact values, without any expansion. */
export type Environment = Readonly<Record<string, Text>>;

/**
 * Creates a reference to a secret.
 * @param name lower-case letters, digits and dashes, for example `"redis-password"`
 */
export function secret(name: string): SecretReference {
  // Hidden, so that a secret is nothing but its name to whoever copies or compares it.
  return Object.defineProperty({ secret: name }, "toString", { value: () => `${LOST_SECRET}${name}]` });
}

/** What a plain template makes of a secret, as far as its name. */
const LOST_SECRET = "[nestbox secret ";

/** Whether a plain template has turned a secret into text, which has no value anywhere. */
export function hasLostSecret(value: string): boolean {
  return value.includes(LOST_SECRET);
}

/**
 * Joins strings and secrets without revealing them: text`redis://:${secret("password")}@cache:6379`.
 * @throws ConfigurationError for an undefined value, such as an unset variable of the environment
 */
export function text(strings: TemplateStringsArray, ...values: readonly (Text | number)[]): Text {
  const parts = strings.flatMap((string, index) => {
    if (index === values.length) return [string];
    return [string, ...partsOfValue(values[index], `${string}\${…}`)];
  });
  return joinNeighbours(parts);
}

/** The names of the secrets in a text, in order, with repetitions. */
export function secretsIn(value: Text): readonly string[] {
  return textParts(value).flatMap((part) => (typeof part === "string" ? [] : [part.secret]));
}

/** The text with `secretValue(name)` in place of each secret. */
export function renderText(value: Text, secretValue: (name: string) => string): string {
  return writeText(value, (text) => text, secretValue);
}

/** A value with its secrets inserted: text becomes a string. */
export type Rendered<Value> = Value extends Text
  ? string
  : Value extends object
    ? { readonly [Key in keyof Value]: Rendered<Value[Key]> }
    : Value;

/** Plain data with `secretValue(name)` in place of each secret. */
export function renderValue<Value>(value: Value, secretValue: (name: string) => string): Rendered<Value> {
  const rendered = (inner: unknown): unknown => {
    if (typeof inner !== "object" || inner === null) return inner;
    if (Array.isArray(inner) || "secret" in inner) return renderText(inner as Text, secretValue);
    return Object.fromEntries(Object.entries(inner).map(([name, one]) => [name, rendered(one)]));
  };
  return rendered(value) as Rendered<Value>;
}

/** The text in a target's notation: `literal(text)` for each string, `secretValue(name)` for each secret. */
export function writeText(
  value: Text,
  literal: (text: string) => string,
  secretValue: (name: string) => string,
): string {
  const written = textParts(value).map((part) =>
    typeof part === "string" ? literal(part) : secretValue(part.secret),
  );
  return written.join("");
}

/** The text as a flat sequence of strings and secrets. */
export function textParts(value: Text): readonly (string | SecretReference)[] {
  return typeof value === "string" || "secret" in value ? [value] : value;
}

function partsOfValue(
  value: Text | number | undefined,
  template: string,
): readonly (string | SecretReference)[] {
  if (typeof value === "number") return [String(value)];
  if (typeof value === "string" || Array.isArray(value)) return textParts(value);
  if (typeof value === "object" && value !== null && "secret" in value) return [value];
  const found = typeof value === "object" ? "an object" : value;
  throw new ConfigurationError(`text\`${template}\`: the value is ${found}; use a string or a secret`);
}

function joinNeighbours(parts: readonly (string | SecretReference)[]): Text {
  const joined: (string | SecretReference)[] = [];
  for (const part of parts.filter((one) => one !== "")) {
    const last = joined.at(-1);
    if (typeof part === "string" && typeof last === "string") joined[joined.length - 1] = last + part;
    else joined.push(part);
  }
  const [first = "", ...others] = joined;
  return others.length === 0 ? first : joined;
}
