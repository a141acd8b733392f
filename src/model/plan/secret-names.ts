import { secretsIn } from "../text.ts";
import type { PlannedContainer } from "./plan.ts";

/** The names of the secrets that containers need, sorted, each once. */
export function secretNamesIn(
  containers: readonly Pick<PlannedContainer, "env" | "files">[],
): readonly string[] {
  const texts = containers.flatMap(({ env, files }) => [
    ...Object.values(env),
    ...files.flatMap(({ source }) => ("content" in source ? [source.content] : [])),
  ]);
  return [...new Set(texts.flatMap(secretsIn))].sort();
}
