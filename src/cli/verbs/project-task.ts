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

/** Sets up this machine and runs a JavaScript program of this project: `npm test`, `npm run bench`. */
export function runProgram(target: Target, program: string, words: readonly string[]): Promise<number> {
  return withWorkspace(target, NEEDS, async ({ project: { folder }, progress }) => {
    progress.close();
    return inForeground(process.execPath, [path.join(folder, program), ...words], folder);
  });
}
