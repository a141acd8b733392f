// Sets up this machine for the repository's tests or benchmarks, and runs them: TASK ARGUMENT… Not published.
import path from "node:path";
import { ConfigurationError } from "../model/problem.ts";
import { loadAirgap } from "../setup/airgap.ts";
import { reportError } from "./report-error.ts";
import { inForeground } from "./verbs/pulumi.ts";
import type { Project } from "./workspace/project.ts";
import { withWorkspace } from "./workspace/workspace.ts";

/** The programs of the tasks, with their first arguments. */
const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  test: ["node_modules/jest/bin/jest.js"],
  "test:cluster": ["node_modules/jest/bin/jest.js", "--config", "jest.cluster.config.mjs"],
  bench: ["bench/main.ts"],
};

const [task = "", ...words] = process.argv.slice(2);
const [program = "", ...first] = PROGRAMS[task] ?? [];

/** The images that nestbox-airgap provides. No cluster runs those that take minutes to compile. */
const NEEDS = {
  pulumi: true,
  plans: () => [],
  images: ({ folder }: Project): readonly string[] => {
    const airgap = loadAirgap(folder);
    if (airgap === undefined)
      throw new ConfigurationError(`${folder}: nestbox-airgap is not installed; run npm install`);
    const needed = ({ programs }: { readonly programs?: string }) =>
      task !== "test:cluster" || programs === undefined;
    return airgap.STAND_INS.filter(needed).map(({ name }) => name);
  },
};

const target = { project: process.cwd(), stack: process.env.PULUMI_STACK ?? "dev" };
process.exitCode = await withWorkspace(target, NEEDS, async ({ project: { folder }, progress }) => {
  progress.close();
  return inForeground(process.execPath, [path.join(folder, program), ...first, ...words], folder);
}).catch(reportError);
