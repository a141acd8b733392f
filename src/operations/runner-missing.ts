import { hasRunner } from "../gitlab/runner/runners.ts";
import type { Workspace } from "../project/workspace.ts";

/** Whether the container of a configured runner is missing from the engine. */
export async function isRunnerMissing({ project, engine }: Workspace): Promise<boolean> {
  const { name, stack, runnerImages } = project;
  if (runnerImages.length === 0 || engine === undefined) return false;
  return !(await hasRunner(engine, { project: name, stack }));
}
