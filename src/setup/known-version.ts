import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { contentHash } from "../machine/content-hash.ts";
import type { AskingPlace } from "../machine/public-host.ts";

/** Where programs are looked for, and until when. */
export interface VersionPlaces extends AskingPlace {
  readonly signal: AbortSignal;
  /** Whether nothing is added to the cache. @default false */
  readonly readOnly?: boolean;
}

/**
 * The version of a program without a leading v; undefined if it reports none. Cached by the file's size and
 * time, since programs of a hundred megabytes start slowly.
 */
export async function knownVersion(
  command: string,
  { cache, readOnly = false }: Pick<VersionPlaces, "cache" | "readOnly">,
  ask: () => Promise<string>,
): Promise<string | undefined> {
  const { size, mtimeMs } = statSync(command);
  const known = join(cache, "pulumi", "versions", contentHash(command, String(size), String(mtimeMs)));
  if (existsSync(known)) return readFileSync(known, "utf8");
  const version = await ask().then(
    (answer) => answer.trim().replace(/^v/, ""),
    () => "",
  );
  if (version === "") return undefined;
  if (!readOnly) {
    mkdirSync(dirname(known), { recursive: true });
    writeFileSync(known, version);
  }
  return version;
}
