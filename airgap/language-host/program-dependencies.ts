import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

/** A dependency of a program, with its installed version; "" if it is not installed. */
export interface Dependency {
  readonly name: string;
  readonly version: string;
}

/** The dependencies in the package.json of a program's folder, for `pulumi about`. */
export function programDependencies(folder: string): Dependency[] {
  const manifest = readManifest(join(folder, "package.json"));
  const names = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
  const resolve = createRequire(join(folder, "package.json")).resolve;
  return names
    .sort()
    .map((name) => ({ name, version: readManifest(manifestOf(name, resolve)).version ?? "" }));
}

interface Manifest {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

function manifestOf(name: string, resolve: NodeJS.RequireResolve): string {
  const folder = resolve
    .paths(name)
    ?.find((modules) => readManifest(join(modules, name, "package.json")).version);
  return join(folder ?? "", name, "package.json");
}

function readManifest(file: string): Manifest {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Manifest;
  } catch {
    return {};
  }
}
