import { secretVariable } from "../model/secret-variable.ts";
import { type Text, writeText } from "../model/text.ts";

/** A text that Compose does not interpolate: https://docs.docker.com/reference/compose-file/interpolation/ */
export function literal(text: string): string {
  return text.replaceAll("$", "$$$$");
}

/** A variable from the environment of `docker compose`, with a fallback for an unset one. */
export function fromEnvironment(name: string, fallback: string): string {
  return `\${${name}:-${fallback}}`;
}

/**
 * A text with its secrets as environment variables. Compose refuses to start without them and names the
 * missing ones.
 */
export function interpolated(text: Text): string {
  return writeText(text, literal, (name) => `\${${secretVariable(name)}:?holds the secret ${name}}`);
}
