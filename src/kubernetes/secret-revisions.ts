import { createHmac, randomBytes } from "node:crypto";

/** A new key for {@link secretRevisions}. */
export function newRevisionKey(): string {
  return randomBytes(32).toString("base64");
}

/**
 * A text for each secret that changes with its value. The key keeps it from being found by trying values: an
 * annotation is read by more people than a Secret.
 */
export function secretRevisions(
  values: Readonly<Record<string, string>>,
  key: string,
): Readonly<Record<string, string>> {
  const revision = (text: string) => createHmac("sha256", key).update(text).digest("hex").slice(0, 16);
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, revision(JSON.stringify([name, value]))]),
  );
}
