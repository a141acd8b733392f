import type { SecretReference, Text } from "../model/text.ts";

/**
 * A secret, or a plain password for test data on a private network. A secret must be URL-safe (letters,
 * digits and `- . _ ~`): its value is known only at run time and cannot be encoded in URLs.
 */
export type Password = string | SecretReference;

/**
 * The words of a client that reads its password from a variable. A shell in the container sets the variable
 * from a file, so that no command line has the password.
 */
export function clientWithPassword(
  variable: string,
  file: string,
  words: readonly string[],
): readonly string[] {
  return ["sh", "-c", `export ${variable}="$(cat ${file})"; exec "$0" "$@"`, ...words];
}

/** The password for a URL: encoded, unless it is a secret. */
export function urlEncoded(value: Password): Text {
  return typeof value === "string" ? encodeURIComponent(value) : value;
}
