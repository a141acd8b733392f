import { lstatSync, statSync } from "node:fs";
import path from "node:path";
import { ConfigurationError } from "../model/problem.ts";
import { filesInFolder, requireCopyable } from "./files-in-folder.ts";
import { pathInProject } from "./path-in-project.ts";

/** A file that a service declares, or one in a folder that it declares. */
export interface DeclaredFile {
  readonly file: string;
  /** Relative to the declared path, with slashes. Empty for the declared path itself. */
  readonly relative: string;
  readonly executable: boolean;
  /** Bytes. */
  readonly size: number;
}

/**
 * The files of a declared path of the project: itself, or those in the folder.
 * @param service the key of the service, for errors
 * @throws ConfigurationError if it does not exist or is outside the project, and for a file in it that cannot
 * be copied
 */
export function declaredFiles(
  projectFolder: string,
  declared: string,
  service: string,
): readonly DeclaredFile[] {
  const root = pathInProject(projectFolder, declared);
  if (root === undefined) throw missing(path.join(projectFolder, declared), service);
  const names = statSync(root).isDirectory() ? filesInFolder(root) : [""];
  return names.flatMap((name) => {
    const file = path.join(root, name);
    const stats = lstatSync(file);
    requireCopyable(file, stats);
    const relative = name.split(path.sep).join("/");
    const executable = (stats.mode & 0o100) !== 0;
    return stats.isFile() ? [{ file, relative, executable, size: stats.size }] : [];
  });
}

/** @throws ConfigurationError for a file of this machine that does not exist */
export function requireDeclared(file: string, service: string): void {
  if (statSync(file, { throwIfNoEntry: false }) === undefined) throw missing(file, service);
}

function missing(file: string, service: string): ConfigurationError {
  return new ConfigurationError(
    `${file}: no such file; create it, or remove it from the files of "${service}"`,
  );
}
