import { lstatSync, readdirSync, type Stats } from "node:fs";
import path from "node:path";
import { ConfigurationError } from "../model/problem.ts";

/**
 * The names of all files and links in a folder and its subfolders, sorted. No link is followed.
 * @throws ConfigurationError as {@link requireName} does
 */
export function filesInFolder(root: string): readonly string[] {
  const names: string[] = [];
  const visit = (folder: string): void => {
    for (const entry of readdirSync(path.join(root, folder), { withFileTypes: true })) {
      const name = path.join(folder, entry.name);
      requireName(root, name);
      if (entry.isDirectory()) visit(name);
      else names.push(name);
    }
  };
  visit("");
  return names.sort();
}

/** @throws ConfigurationError for a name that is not UTF-8: Node cannot open such a file by its text */
export function requireName(root: string, name: string): void {
  if (!name.includes("\uFFFD")) return;
  const file = path.join(root, name);
  if (lstatSync(file, { throwIfNoEntry: false }) === undefined)
    throw new ConfigurationError(`${file}: has a name that is not UTF-8; rename it`);
}

/** @throws ConfigurationError for what is neither a file, a folder nor a link */
export function requireCopyable(file: string, stats: Stats): void {
  const kind = specialKind(stats);
  if (kind !== undefined)
    throw new ConfigurationError(`${file}: is ${kind}, which cannot be copied; remove it, or move it away`);
}

function specialKind(stats: Stats): string | undefined {
  if (stats.isFIFO()) return "a FIFO";
  if (stats.isSocket()) return "a socket";
  return stats.isBlockDevice() || stats.isCharacterDevice() ? "a device" : undefined;
}
