import { existsSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { ConfigurationError } from "../../model/problem.ts";
import type { Runner } from "../../model/runner.ts";
import type { Sandbox } from "../../model/sandbox.ts";
import { declaredSandboxes } from "../../stacks/declared-sandboxes.ts";

/**
 * The sandboxes that a project declares, which its sandboxes/index.ts exports.
 * @param project the project's folder
 * @throws ConfigurationError naming the file, when it is missing, cannot be loaded or exports no list of
 * sandboxes
 */
export async function readSandboxes(project: string): Promise<readonly Sandbox[]> {
  return declaredSandboxes(await defaultExport(project, "sandboxes/index.ts", "sandboxes"));
}

/**
 * The runners that a project declares, which its sandboxes/runners.ts exports. What is in the list is not
 * checked yet.
 * @param project the project's folder
 * @throws ConfigurationError naming the file, when it is missing, cannot be loaded or exports no list
 */
export async function readRunners(project: string): Promise<readonly Runner[]> {
  const list = await defaultExport(project, "sandboxes/runners.ts", "runners");
  if (Array.isArray(list)) return list as readonly Runner[];
  throw new ConfigurationError("sandboxes/runners.ts: has no list of runners as its default export");
}

async function defaultExport(project: string, relative: string, contents: string): Promise<unknown> {
  const file = path.resolve(project, relative);
  if (!existsSync(file))
    throw new ConfigurationError(`${file}: missing; export a list of ${contents} from it`);
  try {
    return ((await import(pathToFileURL(file).href)) as { readonly default?: unknown }).default;
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    const { message = String(error), stack = "" } = Object(error) as Partial<Error>;
    const [, place] = /file:\/\/(\S+:\d+)/.exec(stack) ?? [];
    throw new ConfigurationError(`${relative}: cannot be loaded: ${message}${place ? ` (${place})` : ""}`);
  }
}
