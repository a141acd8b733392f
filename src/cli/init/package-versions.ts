import { readFileSync } from "node:fs";
import path from "node:path";

/**
 * The packages that a project installs, with their ranges in package.json: nestbox, and the peers that
 * a Pulumi program needs beside it.
 */
export function packageVersions(): Readonly<Record<string, string>> {
  const file = path.resolve(import.meta.dirname, "../../../package.json");
  const { version, peerDependencies } = JSON.parse(readFileSync(file, "utf8"));
  return { nestbox: `^${version}`, ...peerDependencies };
}
