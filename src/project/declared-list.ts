import { existsSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Sandbox } from "../model/declaration/sandbox.ts";
import { ConfigurationError } from "../model/problem.ts";
import type { Runner } from "../model/runner/runner.ts";
import { declaredSandboxes } from "../stacks/declared-sandboxes.ts";
import { declarationFiles } from "./declaration-files.ts";

/**
 * The declared sandboxes of a project: the default export of its sandboxes/index.ts.
 * @param project the project's folder
 * @throws ConfigurationError for a file that is missing, cannot be loaded or exports no list of sandboxes
 */
export async function readSandboxes(project: string): Promise<readonly Sandbox[]> {
  const { sandboxes: file } = declarationFiles(project);
  if (!existsSync(path.join(project, file)))
    throw new ConfigurationError(
      `${path.join(project, file)}: is missing; create it with npx nestbox init, ` +
        "or write it, with a list of sandboxes as its default export",
    );
  return declaredSandboxes(await defaultExport(project, file), file);
}

/**
 * The error for a sandbox on the command line that the project does not declare.
 * @param declared the names of the declared sandboxes
 * @param file the file that declares them
 */
export function unknownSandbox(name: string, declared: readonly string[], file: string): ConfigurationError {
  return new ConfigurationError(`no sandbox "${name}"; ${file} lists ${declared.join(", ") || "none"}`);
}

/**
 * The declared runners of a project, not validated: the default export of its sandboxes/runners.ts. Without
 * the file, the project declares none.
 * @param project the project's folder
 * @throws ConfigurationError for a file that cannot be loaded or exports no list
 */
export async function readDeclaredRunners(project: string): Promise<readonly Runner[]> {
  const { runners: file } = declarationFiles(project);
  if (!existsSync(path.join(project, file))) return [];
  const list = await defaultExport(project, file);
  if (Array.isArray(list)) return list as readonly Runner[];
  throw new ConfigurationError(`${file}: the default export is not a list; export a list of runners`);
}

async function defaultExport(project: string, file: string): Promise<unknown> {
  try {
    const url = pathToFileURL(path.resolve(project, file)).href;
    return ((await import(url)) as { readonly default?: unknown }).default;
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    const { message = String(error), stack = "" } = Object(error) as Partial<Error>;
    const [, position] = /file:\/\/(\S+:\d+)/.exec(stack) ?? [];
    const reason = position === undefined ? message : `${message} (${position})`;
    throw new ConfigurationError(`${file}: cannot be loaded: ${reason}; ${remedyFor(message)}`);
  }
}

function remedyFor(message: string): string {
  if (/^Cannot find package /.test(message)) return "install it, for example with npm install";
  if (/^Cannot use import statement outside a module/.test(message))
    return 'rename the file to .mts, or set "type": "module" in package.json';
  return "correct it";
}
