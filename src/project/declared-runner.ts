import path from "node:path";
import type { DockerHost } from "../docker/host.ts";
import type { InspectionOptions } from "../doctor/runner/inspect-runners.ts";
import { configFile } from "../gitlab/runner/config-file.ts";
import { withMeasuredMtu } from "../gitlab/runner/host-limits.ts";
import { inspectRunnerHost } from "../gitlab/runner/runner-host.ts";
import { runnerImages } from "../gitlab/runner/runner-images.ts";
import type { RunnerKeeper } from "../gitlab/runner/runners.ts";
import { requireRunners } from "../model/runner/check-runners.ts";
import { SETTINGS_NAMESPACE } from "../stacks/stack-settings.ts";
import { configuredStacks, stackFileName } from "./branch-stack.ts";
import { declarationFiles } from "./declaration-files.ts";
import { readDeclaredRunners } from "./declared-list.ts";
import { findProject } from "./project.ts";
import { isMapping, readYaml } from "./yaml-file.ts";

/**
 * The stacks with a runner in their settings files, of the project at a folder or above it. Empty without a
 * project, or if a file cannot be read: other commands report that error.
 */
export function runnerKeepers(start: string): readonly RunnerKeeper[] {
  try {
    const folder = findProject(path.resolve(start));
    const { name } = readYaml(path.join(folder, "Pulumi.yaml"));
    if (typeof name !== "string") return [];
    return configuredStacks(folder)
      .filter((stack) => keepsRunner(path.join(folder, stackFileName(stack))))
      .map((stack) => ({ project: name, stack }));
  } catch {
    return [];
  }
}

function keepsRunner(file: string): boolean {
  const { config } = readYaml(file);
  return isMapping(config) && runnerImages(config[`${SETTINGS_NAMESPACE}:runner`]).length > 0;
}

/** The declared config.toml of a runner on the engine, from the project at a folder or above it. */
export function declaredRunnerConfig(start: string, engine: DockerHost): InspectionOptions["declaredConfig"] {
  return async (project, settings) => {
    try {
      const folder = findProject(path.resolve(start));
      const { name } = readYaml(path.join(folder, "Pulumi.yaml"));
      if (name !== project) return { unknown: `project "${project}" declares it, not "${name}"` };
      const runners = await readDeclaredRunners(folder);
      requireRunners(runners, declarationFiles(folder).runners);
      return { config: configFile(withMeasuredMtu(runners, await inspectRunnerHost(engine)), settings) };
    } catch (error) {
      const [first] = (error instanceof Error ? error.message : String(error)).split("\n");
      return { unknown: `its declaration cannot: ${first}` };
    }
  };
}
