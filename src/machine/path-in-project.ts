import { realpathSync } from "node:fs";
import path from "node:path";
import { ConfigurationError } from "../model/problem.ts";

/**
 * The real path of a declared path of the project; undefined if there is none.
 * @throws ConfigurationError for one whose links lead out of the project, or never end
 */
export function pathInProject(projectFolder: string, declared: string): string | undefined {
  const file = path.join(projectFolder, declared);
  const real = realPath(file);
  if (real === undefined) return undefined;
  const [first] = path.relative(realpathSync(projectFolder), real).split(path.sep);
  if (first !== "..") return real;
  throw new ConfigurationError(
    `${file}: is a link to ${real}, which is outside the project; copy that into the project`,
  );
}

function realPath(file: string): string | undefined {
  try {
    return realpathSync(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    if (code === "ELOOP") throw new ConfigurationError(`${file}: is a link to itself; correct it`);
    throw error;
  }
}
