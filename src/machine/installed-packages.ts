import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { PACKAGE_FOLDER } from "../model/package-folder.ts";
import { ConfigurationError } from "../model/problem.ts";

/** The folders from which a project's packages are resolved, in this order. */
export function packageFolders(projectFolder: string): readonly string[] {
  return [projectFolder, PACKAGE_FOLDER];
}

export function ownVersion(): string {
  return readManifest(PACKAGE_FOLDER).version;
}

/** The version of a package in the nearest node_modules that has it, at a folder or above. */
export function installedVersion(name: string, start: string): string | undefined {
  const folder = join(start, "node_modules", name);
  if (existsSync(join(folder, "package.json"))) return readManifest(folder).version;
  return start === dirname(start) ? undefined : installedVersion(name, dirname(start));
}

/**
 * The version of a peer of this package as a project or, if it does not install it, this package has it.
 * @throws ConfigurationError if it is not installed, or does not fit
 */
export function peerVersion(name: string, projectFolder: string): string {
  const range = peerRange(name);
  const remedy = `run npm install --save-dev ${name}@${range}`;
  const version = installedPeer(name, projectFolder);
  if (version === undefined)
    throw new ConfigurationError(`${projectFolder}: ${name} is not installed; ${remedy}`);
  if (isInRange(version, range)) return version;
  throw new ConfigurationError(
    `${projectFolder}: ${name} ${version} does not fit nestbox ${ownVersion()}; ${remedy}`,
  );
}

/** Whether a project or this package installs a peer of this package that fits. */
export function hasPeer(name: string, projectFolder: string): boolean {
  const version = installedPeer(name, projectFolder);
  return version !== undefined && isInRange(version, peerRange(name));
}

/** The version of a peer of this package, which may not fit. Undefined if it is not installed. */
export function installedPeer(name: string, projectFolder: string): string | undefined {
  return packageFolders(projectFolder).flatMap((folder) => installedVersion(name, folder) ?? [])[0];
}

function peerRange(name: string): string {
  return readManifest(PACKAGE_FOLDER).peerDependencies?.[name] ?? "";
}

interface Manifest {
  readonly version: string;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
}

/** Whether a version is in a range of the form ^1.2.3, the only one that this package uses. */
function isInRange(version: string, range: string): boolean {
  const [major, minor, patch] = numbersOf(version);
  const [wantedMajor, wantedMinor, wantedPatch] = numbersOf(range.slice("^".length));
  return major === wantedMajor && (minor > wantedMinor || (minor === wantedMinor && patch >= wantedPatch));
}

function numbersOf(version: string): readonly [number, number, number] {
  const [major = 0, minor = 0, patch = 0] = version.split(/[.-]/).map(Number);
  return [major, minor, patch];
}
