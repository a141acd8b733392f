import { existsSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { ConfigurationError } from "../sandboxes/model/problem.ts";

/**
 * The list that a file of the project exports by default: `sandboxes/index.ts`, `sandboxes/runners.ts`.
 * @throws ConfigurationError when there is no such file, or no list in it
 */
export async function readDeclaredList<Declared>(
  project: string,
  relative: string,
): Promise<readonly Declared[]> {
  const file = path.resolve(project, relative);
  if (!existsSync(file)) throw new ConfigurationError(`${file}: missing; export a list from it`);
  const { default: list } = (await import(pathToFileURL(file).href)) as { readonly default?: unknown };
  if (Array.isArray(list)) return list as readonly Declared[];
  throw new ConfigurationError(`${relative}: has no list as its default export`);
}
