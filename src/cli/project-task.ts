// Sets up this machine for the repository's tests or benchmarks, and runs them: TASK ARGUMENT… Not published.
import path from "node:path";
import { ConfigurationError } from "../model/problem.ts";
import { loadAirgap } from "../setup/airgap.ts";
import { provideCluster, removeCluster } from "../setup/provide-cluster.ts";
import { createProgress } from "../terminal/progress.ts";
import { reportError } from "./report-error.ts";
import { inForeground } from "./verbs/pulumi.ts";
import { openProject } from "./workspace/project.ts";
import { type Needs, openWorkspace } from "./workspace/workspace.ts";

/** The programs of the tasks, with their first arguments. */
const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  test: ["node_modules/jest/bin/jest.js"],
  "test:cluster": ["node_modules/jest/bin/jest.js", "--config", "jest.cluster.config.mjs"],
  bench: ["bench/main.ts"],
};

const [task = "", ...words] = process.argv.slice(2);
const [program = "", ...first] = PROGRAMS[task] ?? [];

const folder = process.cwd();
const needsCluster = task === "test:cluster";

/** The images that nestbox-airgap provides. No cluster runs those that take minutes to compile. */
const NEEDS: Needs = {
  pulumi: true,
  plans: () => [],
  images: () => {
    const airgap = loadAirgap(folder);
    if (airgap === undefined)
      throw new ConfigurationError(`${folder}: nestbox-airgap is not installed; run npm install`);
    const isNeeded = ({ programs }: { readonly programs?: string }) =>
      !needsCluster || programs === undefined;
    return airgap.STAND_INS.filter(isNeeded).map(({ name }) => name);
  },
};

const progress = createProgress();
try {
  const target = { project: folder, stack: process.env.PULUMI_STACK ?? "dev" };
  const project = await openProject(target);
  const providers = needsCluster ? ([...project.providers, "kubernetes"] as const) : project.providers;
  // Side by side, because a download or a link leaves a processor idle.
  await Promise.all([
    openWorkspace({ ...project, providers }, NEEDS, progress),
    needsCluster ? provideCluster(folder, progress) : undefined,
  ]);
  progress.close();
  const command = [path.join(folder, program), ...first, ...words];
  process.exitCode = await inForeground(process.execPath, command, folder);
} catch (error) {
  progress.close();
  process.exitCode = reportError(error);
} finally {
  if (needsCluster)
    await removeCluster(folder).catch((error: unknown) => {
      // After another failure, which may be the reason for this one, that one is enough.
      process.exitCode ||= reportError(error);
    });
}
