import path from "node:path";
import { hasPeer } from "../../machine/installed-packages.ts";
import { projectsByPlace } from "../../project/places.ts";
import { findProject, type StackChoice } from "../../project/project.ts";
import { runningTarget } from "../../project/running-target.ts";
import { type Invocation, interruptible } from "../../sandbox/invocation.ts";
import { setUp } from "../../setup/index.ts";

/**
 * `nestbox install`: provides the Pulumi CLI and its plugins for a project, as an image needs them. Without
 * them in the image, the set-up would download them for each job.
 */
export async function install(choice: StackChoice, invocation: Invocation): Promise<number> {
  const projectFolder = findProject(path.resolve(choice.project));
  const { environment, progress, targets } = invocation;
  const warn = (error: unknown) => progress.warn((error as Error).message);
  const projects = await projectsByPlace(choice, {}, invocation, warn);
  const ofStacks = projects.map(async ({ settings, settingsFile }) => {
    const { provider } = await runningTarget(targets, settings.target, settingsFile);
    return provider;
  });
  const providers = providersFor(projectFolder, await Promise.all(ofStacks));
  await interruptible(invocation, (signal) =>
    setUp(
      { projectFolder, docker: false, pulumi: true, providers, images: [], environment, signal },
      progress,
    ),
  );
  return 0;
}

/** The providers of the stacks, and of programs of one's own that use their packages. */
function providersFor(folder: string, ofStacks: readonly string[]): readonly string[] {
  const ofPrograms = ["docker", "kubernetes"].filter((name) => hasPeer(`@pulumi/${name}`, folder));
  return [...new Set([...ofStacks, ...ofPrograms])];
}
