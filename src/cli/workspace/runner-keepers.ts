import path from "node:path";
import { runnerImages } from "../../gitlab/runner/runner-images.ts";
import type { RunnerKeeper } from "../../gitlab/runner/runners.ts";
import { SETTINGS_NAMESPACE } from "../../stacks/stack-settings.ts";
import { configuredStacks, stackFileName } from "./branch-stack.ts";
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
