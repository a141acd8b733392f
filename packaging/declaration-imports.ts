import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";

/** The relative paths of modules in a declaration file, without their extension. */
export const IMPORTED = /(?<=\b(?:from |import\()")(\.[^"]+)\.(?:ts|js)(?=")/g;

/** The declaration files that a declaration file imports. */
export function importedDeclarations(file: string): readonly string[] {
  const imports = readFileSync(file, "utf8").matchAll(IMPORTED);
  const files = [...imports].map(([, imported = ""]) => `${join(dirname(file), imported)}.d.ts`);
  // An example in a comment imports a file of its reader.
  return files.filter((imported) => existsSync(imported));
}

/** Removes the declaration files of a folder that no entry leads to: nobody can name what they declare. */
export function removeUnusedDeclarations(folder: string, entries: readonly string[]): void {
  const used = new Set<string>();
  const use = (file: string) => {
    if (used.has(file)) return;
    used.add(file);
    importedDeclarations(file).forEach(use);
  };
  entries.forEach(use);
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" }))
    if (name.endsWith(".d.ts") && !used.has(join(folder, name))) rmSync(join(folder, name));
}
