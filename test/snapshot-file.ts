import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "@jest/globals";

/**
 * Expects a text to equal a file of the repository. `UPDATE_SNAPSHOTS=1 npm run test:unit` writes the files.
 */
export function expectFile(file: string, text: string): void {
  if (process.env.UPDATE_SNAPSHOTS && !process.env.CI) {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  expect(text).toBe(readFileSync(file, "utf8"));
}
