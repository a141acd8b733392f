import { existsSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Sandbox } from "../../model/declaration/sandbox.ts";
import { ConfigurationError } from "../../model/problem.ts";
import type { Runner } from "../../model/runner/runner.ts";
import { declaredSandboxes } from "../../stacks/declared-sandboxes.ts";

/**
 * The declared sandboxes of a project: the default export of its sandboxes/index.ts.
 * @param project the project's folder
 * @throws ConfigurationError for a file that is missing, cannot be loaded or exports no list of sandboxes
 */
export async function readSandboxes(project: string): Promise<readonly Sandbox[]> {
  return declaredSandboxes(await defaultExport(project, "sandboxes/index.ts", "sandboxes"));
}

/**
 * The declared runners of a project, not validated: the default export of its sandboxes/runners.ts.
 * @param project the project's folder
 * @throws ConfigurationError for a file that is missing, cannot be loaded or exports no list
 */
export async function readDeclaredRunners(project: string): Promise<readonly Runner[]> {
  const list = await defaultExport(project, "sandboxes/runners.ts", "runners");
  if (Array.isArray(list)) return list as readonly Runner[];
  throw new ConfigurationError(
    "sandboxes/runners.ts: the default export is not a list; export a list of runners",
  );
}

async function defaultExport(project: string, relative: string, contents: string): Promise<unknown> {
  const file = path.resolve(project, relative);
  if (!existsSync(file))
    throw new ConfigurationError(
      `${file}: is missing; create it, with a list of ${contents} as its default export`,
    );
  try {
    return ((await import(pathToFileURL(file).href)) as { readonly default?: unknown }).default;
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    const { message = String(error), stack = "" } = Object(error) as Partial<Error>;
    const [, position] = /file:\/\/(\S+:\d+)/.exec(stack) ?? [];
    throw new ConfigurationError(
      `${relative}: cannot be loaded: ${message}${position ? ` (${position})` : ""}`,
    );
  }
}
