import { readFileSync } from "node:fs";
import path from "node:path";
import { PACKAGE_FOLDER } from "../../model/package-folder.ts";

/**
 * The packages that a project installs, with their ranges in package.json: nestbox, and the peers that
 * a Pulumi program needs beside it.
 */
export function packageVersions(): Readonly<Record<string, string>> {
  const file = path.join(PACKAGE_FOLDER, "package.json");
  const { version, peerDependencies } = JSON.parse(readFileSync(file, "utf8"));
  const ofPulumi = Object.entries(peerDependencies).filter(([name]) => name.startsWith("@pulumi/"));
  return { nestbox: `^${version}`, ...Object.fromEntries(ofPulumi) };
}
