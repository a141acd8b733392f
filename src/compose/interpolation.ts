import { secretVariable } from "../model/secret-variable.ts";
import { type Text, textParts } from "../model/text.ts";

/** A text that compose leaves as it is. https://docs.docker.com/reference/compose-file/interpolation/ */
export function literal(text: string): string {
  return text.replaceAll("$", "$$$$");
}

/** A variable of the environment in which compose runs, or what stands for it where there is none. */
export function fromEnvironment(name: string, otherwise: string): string {
  return `\${${name}:-${otherwise}}`;
}

/**
 * A text whose secrets compose takes from the environment; without them it refuses to start, and says what is
 * missing.
 */
export function interpolated(text: Text): string {
  return textParts(text)
    .map((part) =>
      typeof part === "string"
        ? literal(part)
        : `\${${secretVariable(part.secret)}:?holds the secret ${part.secret}}`,
    )
    .join("");
}
