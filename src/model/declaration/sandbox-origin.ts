import { PACKAGE_FOLDER } from "../package-folder.ts";
import { ConfigurationError } from "../problem.ts";
import type { Sandbox } from "./declaration.ts";
import { sandboxProblems } from "./invalid-sandbox.ts";

/** The same symbol in every copy of the package. */
const ORIGIN = Symbol.for("nestbox.origin");

/** Marks a sandbox with the copy of the package that declares it. The mark is not enumerable. */
export function marked<Declared>(sandbox: Declared): Declared {
  return Object.defineProperty(sandbox, ORIGIN, { value: PACKAGE_FOLDER });
}

/**
 * Checks that a value is a sandbox of this copy of the package: another version may declare it differently.
 * An invalid sandbox is one, too.
 * @param place the value's name in errors
 * @throws ConfigurationError for anything else
 */
export function requireSandbox(value: unknown, place: string): asserts value is Sandbox {
  const { name, [ORIGIN]: origin } = Object(value) as Record<PropertyKey, unknown>;
  if (typeof name !== "string" || !(sandboxProblems(Object(value)).length > 0 || hasParts(Object(value)))) {
    throw new ConfigurationError(`${place} is not a sandbox; create it with sandbox("name", { … })`);
  }
  if (origin === undefined || origin === PACKAGE_FOLDER) return;
  throw new ConfigurationError(
    `${place} is the sandbox "${name}" of another copy of nestbox, ${origin}, ` +
      `and this one is ${PACKAGE_FOLDER}; install one version: npm ls nestbox`,
  );
}

function hasParts({ networks, services, jobs }: Readonly<Record<string, unknown>>): boolean {
  return [networks, services, jobs].every((part) => typeof part === "object");
}
