import { readFileSync } from "node:fs";

/** A value in a JSON file of the docker command; undefined without the value, the file or JSON in it. */
export function jsonField(file: string, path: readonly string[]): unknown {
  try {
    return path.reduce((found, key) => found[key], JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return undefined;
  }
}
