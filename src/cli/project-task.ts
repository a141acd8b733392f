// Sets up this machine for the repository's tests or benchmarks, and runs them: TASK ARGUMENT… Not published.
import path from "node:path";
import { ConfigurationError } from "../model/problem.ts";
import { openProject } from "../project/project.ts";
import { type Needs, openWorkspace } from "../project/workspace.ts";
import { interruptible } from "../sandbox/invocation.ts";
import { loadAirgap } from "../setup/airgap.ts";
import { provideCluster, removeCluster } from "../setup/provide-cluster.ts";
import { processInvocation } from "./process-invocation.ts";
import { reportError } from "./report-error.ts";
import { inForeground } from "./verbs/pulumi.ts";

/** The programs of the tasks, with their first arguments. */
const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  test: ["node_modules/jest/bin/jest.js"],
  "test:cluster": ["node_modules/jest/bin/jest.js", "--config", "jest.cluster.config.mjs"],
  "test:engines": ["node_modules/jest/bin/jest.js", "--config", "jest.engines.config.mjs"],
  bench: ["bench/main.ts"],
};

const [task = "", ...words] = process.argv.slice(2);
const [program = "", ...first] = PROGRAMS[task] ?? [];

const invocation = processInvocation();
const { progress, environment } = invocation;
const folder = process.cwd();
const needsCluster = task === "test:cluster";
const needsRequested = task !== "bench" && words.includes("--all");
const needsCompiled = !["test:cluster", "test:engines"].includes(task);

/** The images that nestbox-airgap provides. Some tasks need none of those that take minutes to compile. */
const NEEDS: Needs = {
  pulumi: task !== "test:engines",
  plans: () => [],
  images: () => {
    const airgap = loadAirgap(folder, environment);
    if (airgap === undefined)
      throw new ConfigurationError(`${folder}: nestbox-airgap is not installed; run npm install`);
    return airgap.STAND_INS.filter(
      ({ programs, onRequest }) =>
        (needsCompiled || programs === undefined) && (needsRequested || !onRequest),
    ).map(({ name }) => name);
  },
};

try {
  const choice = { project: folder, stack: environment.PULUMI_STACK ?? "dev" };
  const project = await openProject(choice);
  const providers = needsCluster ? ([...project.providers, "kubernetes"] as const) : project.providers;
  // Side by side, because a download or a link leaves a processor idle.
  const [workspace] = await Promise.all([
    openWorkspace({ ...project, providers }, NEEDS, invocation),
    needsCluster
      ? interruptible(invocation, (signal) => provideCluster(folder, { environment, progress, signal }))
      : undefined,
  ]);
  progress.close();
  const command = [path.join(folder, program), ...first, ...words];
  process.exitCode = await inForeground([process.execPath, ...command], folder, workspace);
} catch (error) {
  progress.close();
  process.exitCode = reportError(error, invocation);
} finally {
  if (needsCluster)
    await removeCluster(folder, environment).catch((error: unknown) => {
      // After another failure, which may be the reason for this one, that one is enough.
      process.exitCode ||= reportError(error, invocation);
    });
}
