import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { writeTarballs } from "../packaging/tarball.ts";

/** A project with the published package. */
export interface PublishedProject {
  readonly folder: string;
  /** The words of Node for a command in the project. */
  readonly nestbox: (...words: readonly string[]) => readonly string[];
}

/**
 * Works in a project with the published package.
 * @param declaration the text of its sandboxes/index.ts
 * @param packages others to install
 */
export async function withPublishedProject<Result>(
  declaration: string,
  packages: readonly string[],
  work: (project: PublishedProject) => Promise<Result>,
): Promise<Result> {
  const folder = mkdtempSync(path.join(tmpdir(), "nestbox-bench-"));
  const main = path.join(folder, "node_modules", "nestbox", "dist", "cli", "main.mjs");
  try {
    mkdirSync(path.join(folder, "sandboxes"));
    writeFileSync(path.join(folder, "package.json"), '{ "type": "module" }');
    writeFileSync(path.join(folder, "sandboxes", "index.ts"), declaration);
    const tarballs = (await writeTarballs(folder)).map(({ file }) => file);
    const nestbox = tarballs.filter((file) => !file.includes("airgap"));
    const words = ["install", ...nestbox, ...packages, "--no-audit", "--no-fund", "--ignore-scripts"];
    await promisify(execFile)("npm", words, { cwd: folder });
    return await work({ folder, nestbox: (...words) => [main, "--project", folder, ...words] });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
