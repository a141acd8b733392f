import { readFileSync, renameSync } from "node:fs";
import path from "node:path";
import { onceARun } from "../once-a-run.ts";
import { TARBALLS } from "../published.ts";
import { installedProject } from "./installed-project.ts";

const { devDependencies } = JSON.parse(readFileSync(path.resolve(__dirname, "../../package.json"), "utf8"));

/**
 * A node_modules with nestbox from its tarball, Jest and Vitest, which projects link. npm installs it once in
 * a run of the tests.
 */
export async function testRunnerModules(): Promise<string> {
  const folder = await onceARun("test-runners", async (unfinished) => {
    const project = installedProject({ "package.json": '{ "private": true }' });
    await project.install(TARBALLS.nestbox, `jest@${devDependencies.jest}`, "vitest@5.1.2");
    renameSync(path.join(project.folder, "node_modules"), path.join(unfinished, "node_modules"));
  });
  return path.join(folder, "node_modules");
}
