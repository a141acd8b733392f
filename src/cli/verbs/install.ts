import path from "node:path";
import { hasPeer } from "../../machine/installed-packages.ts";
import { setUp } from "../../setup/index.ts";
import type { ProviderName } from "../../setup/ready.ts";
import { withProgress } from "../../terminal/progress.ts";
import { projectsByPlace } from "../workspace/places.ts";
import { findProject, type Target } from "../workspace/project.ts";

/**
 * `nestbox install`: provides the Pulumi CLI and its plugins for a project, as an image needs them. Without
 * them in the image, the set-up would download them for each job.
 */
export async function install(target: Target): Promise<number> {
  const projectFolder = findProject(path.resolve(target.project));
  return withProgress(async (progress) => {
    const projects = await projectsByPlace(target, {}, (error) => progress.warn((error as Error).message));
    const isInCluster = projects.some(({ settings }) => settings.target === "kubernetes");
    const providers = providersFor(projectFolder, isInCluster);
    await setUp({ projectFolder, docker: false, pulumi: true, providers, images: [] }, progress);
    return 0;
  });
}

/** The providers of the stacks, and of programs of one's own. A project with a cluster may lack Docker's. */
function providersFor(folder: string, isInCluster: boolean): readonly ProviderName[] {
  const kubernetes = isInCluster || hasPeer("@pulumi/kubernetes", folder);
  const docker = !kubernetes || hasPeer("@pulumi/docker", folder);
  return [...(docker ? (["docker"] as const) : []), ...(kubernetes ? (["kubernetes"] as const) : [])];
}
