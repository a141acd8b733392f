import { createHash } from "node:crypto";

/** Ten characters that change when any of the parts does; for names of what is made from them. */
export function contentHash(...parts: readonly (string | readonly string[])[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 10);
}
