import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { ConfigurationError } from "../model/problem.ts";
import { loadYaml } from "../text/load-yaml.ts";

/**
 * A YAML file as a mapping. Empty for a missing file.
 * @throws ConfigurationError for a file with other content
 */
export function readYaml(file: string): Readonly<Record<string, unknown>> {
  if (!existsSync(file)) return {};
  try {
    const content: unknown = loadYaml().parse(readFileSync(file, "utf8")) ?? {};
    if (isMapping(content)) return content;
  } catch (error) {
    throw new ConfigurationError(`${path.basename(file)}: ${(error as Error).message.split("\n")[0]}`);
  }
  throw new ConfigurationError(`${path.basename(file)}: is not a mapping; write "name: value", one a line`);
}

/** Whether a value is an object, and no array. */
export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
