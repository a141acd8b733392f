import { createHash } from "node:crypto";

/** A hash of ten characters over all parts, for names of files and images built from them. */
export function contentHash(...parts: readonly (string | readonly string[])[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 10);
}
