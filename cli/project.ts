import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { parse } from "yaml";
import { type StackSettings, selectSandboxes, settingsFrom } from "../infra/settings.ts";
import { ConfigurationError } from "../sandboxes/model/problem.ts";
import type { Sandbox } from "../sandboxes/model/sandbox.ts";

/** Where a command works: what the user said on the command line. */
export interface Place {
  /** The project's folder or one below it. */
  readonly project: string;
  readonly stack: string;
}

/** A project and one of its stacks, read and checked. */
export interface Project {
  readonly folder: string;
  readonly name: string;
  readonly stack: string;
  readonly settings: StackSettings;
  /** The names of the secrets that the stack's configuration holds a value for. */
  readonly configuredSecrets: readonly string[];
  /** The sandboxes that the project declares. */
  readonly declared: readonly Sandbox[];
  /** Those of them that the stack brings up. */
  readonly selected: readonly Sandbox[];
}

/**
 * Reads a project: its Pulumi.yaml, the stack's settings and the declared sandboxes.
 * @throws ConfigurationError naming the file and what is wrong in it
 */
export async function openProject({ project, stack }: Place): Promise<Project> {
  const folder = findProject(path.resolve(project));
  const { name } = readYaml(path.join(folder, "Pulumi.yaml"));
  if (typeof name !== "string")
    throw new ConfigurationError("Pulumi.yaml: name is missing; give the project a name");
  const file = `Pulumi.${stack}.yaml`;
  const configuration = readStackConfiguration(folder, file, name);
  const settings = settingsFrom(configuration, file);
  const configuredSecrets = Object.keys(configuration.secrets ?? {});
  const declared = await readDeclarations(folder);
  const selected = selectSandboxes(declared, settings.sandboxes, `${file}: ${name}:sandboxes`);
  return { folder, name, stack, settings, configuredSecrets, declared, selected };
}

/** The folder of the nearest Pulumi.yaml, here or above. */
export function findProject(start: string): string {
  for (let folder = start; ; folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, "Pulumi.yaml"))) return folder;
    if (folder === path.dirname(folder)) {
      throw new ConfigurationError(
        `${start}: no Pulumi.yaml here or above; go to the project's folder, or name it with --project`,
      );
    }
  }
}

function readStackConfiguration(
  folder: string,
  file: string,
  project: string,
): Readonly<Record<string, unknown>> {
  const { config } = readYaml(path.join(folder, file));
  if (config === undefined || config === null) return {};
  if (typeof config !== "object")
    throw new ConfigurationError(`${file}: config must hold settings, one a line`);
  const prefix = `${project}:`;
  return Object.fromEntries(
    Object.entries(config).flatMap(([key, value]) =>
      key.startsWith(prefix) ? [[key.slice(prefix.length), value]] : [],
    ),
  );
}

/** A YAML file as an object; a stack without a file has the default settings. */
function readYaml(file: string): Readonly<Record<string, unknown>> {
  if (!existsSync(file)) return {};
  try {
    const content: unknown = parse(readFileSync(file, "utf8")) ?? {};
    if (typeof content === "object" && !Array.isArray(content)) return content as Record<string, unknown>;
  } catch (error) {
    throw new ConfigurationError(`${path.basename(file)}: ${(error as Error).message.split("\n")[0]}`);
  }
  throw new ConfigurationError(`${path.basename(file)}: must hold settings, one a line`);
}

async function readDeclarations(folder: string): Promise<readonly Sandbox[]> {
  const file = path.join(folder, "sandboxes", "index.ts");
  if (!existsSync(file)) throw new ConfigurationError(`${file}: missing; export a list of sandboxes from it`);
  const { default: declared } = (await import(pathToFileURL(file).href)) as { readonly default?: unknown };
  if (Array.isArray(declared)) return declared as readonly Sandbox[];
  throw new ConfigurationError("sandboxes/index.ts: has no list of sandboxes as its default export");
}
