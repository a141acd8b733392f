import { createHash } from "node:crypto";

/** A hash of ten characters, for the name of a result of these parts. */
export function contentHash(...parts: readonly (string | readonly string[])[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 10);
}
