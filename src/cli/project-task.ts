// Sets up this machine for the repository's tests or benchmarks, and runs them: TASK ARGUMENT… Not published.
import path from "node:path";
import { ConfigurationError } from "../model/problem.ts";
import { loadAirgap } from "../setup/airgap.ts";
import { reportError } from "./report-error.ts";
import { inForeground } from "./verbs/pulumi.ts";
import type { Project } from "./workspace/project.ts";
import { withWorkspace } from "./workspace/workspace.ts";

/** The programs of the tasks. */
const PROGRAMS: Readonly<Record<string, string>> = {
  test: "node_modules/jest/bin/jest.js",
  bench: "bench/main.ts",
};

/** Every image that nestbox-airgap provides. */
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

const [task = "", ...words] = process.argv.slice(2);
const target = { project: process.cwd(), stack: process.env.PULUMI_STACK ?? "dev" };
process.exitCode = await withWorkspace(target, NEEDS, async ({ project: { folder }, progress }) => {
  progress.close();
  return inForeground(process.execPath, [path.join(folder, PROGRAMS[task] ?? ""), ...words], folder);
}).catch(reportError);
