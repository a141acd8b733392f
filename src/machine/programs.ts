import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { Environment } from "./environment.ts";

/**
 * The full path of a program on PATH, as a shell finds it.
 * @param skip the folders to ignore
 */
export function findProgram(
  name: string,
  environment: Environment,
  skip: (folder: string) => boolean = () => false,
): string | undefined {
  const folders = (environment.PATH ?? "").split(delimiter);
  return folders
    .filter((folder) => folder !== "" && !skip(folder))
    .map((folder) => join(folder, name))
    .find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
