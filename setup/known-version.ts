import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { contentHash } from "../machine/content-hash.ts";

/**
 * The version of a program, asked once and then kept by the file's size and time: programs of a hundred megabytes
 * start slowly. Undefined when asking fails.
 */
export async function knownVersion(
  command: string,
  cache: string,
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
  mkdirSync(dirname(known), { recursive: true });
  writeFileSync(known, version);
  return version;
}
