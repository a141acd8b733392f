import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type PackageSources, stagePackage } from "./stage.ts";

const PACKAGES: readonly PackageSources[] = [
  {
    folder: ".",
    sources: "./src",
    leftOut: ["setup/bootstrap.mjs", "cli/project-task.ts"],
    documents: ["README.md", "CHANGELOG.md", "LICENSE"],
    together: [
      "start/index.js",
      "catalog/index.js",
      "cli/command-line.js",
      "cli/verbs/run.js",
      "docker/target.js",
    ],
    commonJs: [".", "./catalog", "./testing", "./jest", "./jest/environment"],
  },
  {
    folder: "airgap",
    sources: ".",
    leftOut: ["package.json", "README.md", "pulumi/next-version.ts"],
    documents: ["airgap/README.md", "LICENSE"],
  },
];

/**
 * Writes the tarballs of this repository's packages into a folder.
 * @returns their paths, and their sizes in bytes
 */
export function writeTarballs(folder: string) {
  return Promise.all(PACKAGES.map((sources) => writeTarball(sources, folder)));
}

async function writeTarball(sources: PackageSources, folder: string) {
  const stage = mkdtempSync(join(tmpdir(), "nestbox-pack-"));
  try {
    await stagePackage(sources, stage);
    const args = ["pack", "--json", "--pack-destination", folder];
    const { stdout } = await promisify(execFile)("npm", args, { cwd: stage });
    const [{ filename, size }] = JSON.parse(stdout) as [{ filename: string; size: number }];
    return { file: join(folder, filename), size };
  } finally {
    rmSync(stage, { recursive: true });
  }
}
