import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { ConfigurationError } from "../../model/problem.ts";

/**
 * A YAML file of settings as an object. A file that does not exist has none.
 * @throws ConfigurationError naming the file, when it holds something else
 */
export function readYaml(file: string): Readonly<Record<string, unknown>> {
  if (!existsSync(file)) return {};
  try {
    const content: unknown = parse(readFileSync(file, "utf8")) ?? {};
    if (isMapping(content)) return content;
  } catch (error) {
    throw new ConfigurationError(`${path.basename(file)}: ${(error as Error).message.split("\n")[0]}`);
  }
  throw new ConfigurationError(`${path.basename(file)}: must hold settings, one a line`);
}

/** Whether a value is settings by name. */
export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
