import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The folder of this package, which has src/. */
const PACKAGE_FOLDER = dirname(dirname(import.meta.dirname));

/** The folders from which a project's packages are resolved, in this order. */
export function packageFolders(projectFolder: string): readonly string[] {
  return [projectFolder, PACKAGE_FOLDER];
}

/** The version of a package as a project or, if it does not install it, this package has it. */
export function installedVersion(name: string, projectFolder: string): string | undefined {
  const manifest = packageFolders(projectFolder).flatMap((folder) => manifestAbove(folder, name))[0];
  if (manifest === undefined) return undefined;
  return (JSON.parse(readFileSync(manifest, "utf8")) as { readonly version: string }).version;
}

/** The package.json of a package in the nearest node_modules that has it. */
function manifestAbove(folder: string, name: string): readonly string[] {
  const manifest = join(folder, "node_modules", name, "package.json");
  if (existsSync(manifest)) return [manifest];
  return folder === dirname(folder) ? [] : manifestAbove(dirname(folder), name);
}
