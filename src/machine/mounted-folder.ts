import { statSync } from "node:fs";
import path from "node:path";
import { ConfigurationError } from "../model/problem.ts";
import { pathInProject } from "./path-in-project.ts";

/**
 * The real path of a folder of the project that a service has read-write.
 * @param service the key of the service, for errors
 * @throws ConfigurationError for one that does not exist, is no folder, or is outside the project
 */
export function mountedFolder(projectFolder: string, declared: string, service: string): string {
  const folder = pathInProject(projectFolder, declared);
  const file = path.join(projectFolder, declared);
  const remedy = `or remove it from the files of "${service}"`;
  if (folder === undefined) throw new ConfigurationError(`${file}: no such folder; create it, ${remedy}`);
  const stats = statSync(folder);
  if (stats.isDirectory()) return folder;
  const kind = stats.isSocket() ? "a socket" : "no folder";
  throw new ConfigurationError(`${file}: is ${kind}; only a folder can have \`mount\`: name one, ${remedy}`);
}
