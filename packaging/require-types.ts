import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { IMPORTED, importedDeclarations } from "./declaration-imports.ts";

/**
 * Writes the types of an entry for `require`: its declaration file, and all that it imports, once more as
 * `.d.cts`. By those of ES modules, TypeScript would refuse `require` with `module` node16.
 * @param file the entry's `.d.ts`
 */
export function writeRequireTypes(file: string): void {
  const copy = file.replace(/\.d\.ts$/, ".d.cts");
  if (existsSync(copy)) return;
  writeFileSync(copy, readFileSync(file, "utf8").replace(IMPORTED, "$1.cjs"));
  importedDeclarations(file).forEach(writeRequireTypes);
}
