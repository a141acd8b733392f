import { readdirSync, statSync } from "node:fs";
import path from "node:path";
import { ConfigurationError } from "../model/problem.ts";

/** A file that a service declares, or one in a folder that it declares. */
export interface DeclaredFile {
  readonly file: string;
  /** Relative to the declared path, with slashes. Empty for the declared path itself. */
  readonly relative: string;
  readonly executable: boolean;
}

/**
 * The files of a declared path: itself, or those in the folder.
 * @param service the key of the service, for errors
 * @throws ConfigurationError if it does not exist
 */
export function declaredFiles(root: string, service: string): readonly DeclaredFile[] {
  if (requireDeclared(root, service).isFile()) return [declaredFile(root, root)];
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort()
    .map((file) => declaredFile(root, file));
}

/** The facts about a declared path. @throws ConfigurationError if it does not exist */
export function requireDeclared(file: string, service: string) {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found) return found;
  throw new ConfigurationError(
    `${file}: no such file; create it, or remove it from the files of "${service}"`,
  );
}

function declaredFile(root: string, file: string): DeclaredFile {
  const relative = path.relative(root, file).split(path.sep).join("/");
  return { file, relative, executable: (statSync(file).mode & 0o100) !== 0 };
}
