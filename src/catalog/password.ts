import type { SecretReference, Text } from "../model/text.ts";

/**
 * A secret, or a password that guards nothing but throw-away data on a network of its own. A secret's value
 * is known only when a target runs and stands in URLs as it is: it must be URL-safe, that is letters, digits
 * and `- . _ ~`.
 */
export type Password = string | SecretReference;

/** The value as it stands in a URL: encoded, unless it is a secret. */
export function inUrl(value: Password): Text {
  return typeof value === "string" ? encodeURIComponent(value) : value;
}
