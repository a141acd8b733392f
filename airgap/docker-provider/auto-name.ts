import { createHash, randomBytes } from "node:crypto";
import type { Properties } from "./property-values.ts";

/** Docker's own limit for names, which Pulumi's Docker provider uses too. */
const longestName = 255;

/**
 * Inputs with a name: the program's own, else the generated one that the resource already has, else a new one:
 * the resource's name in the program, "-" and seven hexadecimal digits. A generated name is listed in `__defaults`,
 * where Pulumi's providers keep what the program did not say, so that it is not taken for the program's.
 *
 * @param seed of the engine, so that a preview and the update that follows agree; empty for a random name
 */
export function withName(resource: {
  readonly logicalName: string;
  readonly inputs: Properties;
  readonly oldInputs: Properties;
  readonly seed: Uint8Array;
}): Properties {
  const { logicalName, inputs, oldInputs, seed } = resource;
  if ((inputs.name ?? "") !== "") return inputs;
  const name = hasGeneratedName(oldInputs) ? oldInputs.name : generatedName(logicalName, seed);
  return { ...inputs, name, __defaults: ["name"] };
}

/** Whether the name among `inputs` was generated. */
export function hasGeneratedName(inputs: Properties): boolean {
  return (
    Array.isArray(inputs.__defaults) && inputs.__defaults.includes("name") && typeof inputs.name === "string"
  );
}

function generatedName(logicalName: string, seed: Uint8Array): string {
  const random = seed.length === 0 ? randomBytes(16) : seed;
  const digits = createHash("sha256").update(random).update(logicalName).digest("hex").slice(0, 7);
  return `${logicalName.slice(0, longestName - 8)}-${digits}`;
}
