import type { Build, BuildDefinition } from "../build-definition.ts";
import { aString, type Check, isPlainObject, legal, listOf, mapOf, objectWith, when } from "../shape.ts";
import { hasLostSecret } from "../text.ts";
import { anArgument, anImage, aPlatform, aProjectPath } from "../values.ts";

const IN_ARGUMENT =
  "is a secret, which a build argument would leave in the image; use secrets, and RUN --mount=type=secret";

/** A secret, or a text with one. */
function hasSecret(value: unknown): boolean {
  if (typeof value === "string") return hasLostSecret(value);
  return Array.isArray(value) ? value.some(hasSecret) : isPlainObject(value) && "secret" in value;
}

const anArgumentOfBuild = when(hasSecret, (path) => [{ path, message: IN_ARGUMENT }], anArgument);

const aSecret = legal(
  objectWith("a secret", { secret: aString }, ["secret"]),
  ({ secret }: { readonly secret: string }) =>
    /^[a-z0-9-]+$/.test(secret) ? undefined : `"${secret}" is not the name of a secret; use secret("name")`,
);

const BUILD = {
  context: aProjectPath,
  dockerfile: aProjectPath,
  target: anArgument,
  args: mapOf(anArgumentOfBuild, 'an object such as { VERSION: "1" }', (name) =>
    /^[A-Za-z_][A-Za-z0-9_]*$/.test(name)
      ? undefined
      : `"${name}" is not the name of an ARG; use letters, digits and underscores`,
  ),
  secrets: mapOf(aSecret, 'an object such as { npm: secret("npm-token") }', (id) =>
    /^[\w.-]+$/.test(id) ? undefined : `"${id}" is not the id of a secret; use letters, digits and dashes`,
  ),
  platform: aPlatform,
  cacheFrom: listOf(anImage, "a list of images"),
} satisfies Readonly<Record<keyof BuildDefinition, Check>>;

/** What `build()` returns, or the reference of an image that passes the check. */
export function imageOrBuild(reference: Check): Check {
  return when(
    isPlainObject,
    objectWith(
      "an image",
      { build: objectWith("a build", BUILD, ["context"]) } satisfies Readonly<Record<keyof Build, Check>>,
      ["build"],
    ),
    reference,
  );
}
