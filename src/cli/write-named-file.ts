import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { ConfigurationError } from "../model/problem.ts";

/**
 * Writes a file that an option names, and its folder.
 * @throws ConfigurationError for a file that cannot be written
 */
export async function writeNamedFile(option: string, file: string, content: string): Promise<void> {
  try {
    await mkdir(path.dirname(path.resolve(file)), { recursive: true });
    await writeFile(file, content);
  } catch (error) {
    throw new ConfigurationError(`${option}: ${(error as Error).message}; name a file that can be written`);
  }
}
