import path from "node:path";
import { ConfigurationError } from "../../model/problem.ts";
import { loadAirgap } from "../../setup/airgap.ts";
import type { Project, Target } from "../workspace/project.ts";
import { withWorkspace } from "../workspace/workspace.ts";
import { inForeground } from "./pulumi.ts";

/** The needs of this project's tests and benchmarks: every image that nestbox-airgap provides. */
const NEEDS = {
  pulumi: true,
  plans: () => [],
  images: ({ folder }: Project): readonly string[] => {
    const airgap = loadAirgap(folder);
    if (airgap === undefined)
      throw new ConfigurationError(`${folder}: nestbox-airgap is not installed; run npm install`);
    return airgap.STAND_INS.map(({ name }) => name);
  },
};

/** `npm test`: sets up this machine and runs this project's tests. */
export function test(target: Target, words: readonly string[]): Promise<number> {
  return withWorkspace(target, NEEDS, async ({ project, progress }) => {
    progress.close();
    return inForeground(path.join(project.folder, "node_modules", ".bin", "jest"), words, project.folder);
  });
}

/** `npm run bench`: sets up this machine and runs this project's benchmarks. */
export function bench(target: Target, words: readonly string[]): Promise<number> {
  return withWorkspace(target, NEEDS, async ({ project, progress }) => {
    progress.close();
    return inForeground(
      process.execPath,
      [path.join(project.folder, "bench", "main.ts"), ...words],
      project.folder,
    );
  });
}
