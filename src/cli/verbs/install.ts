import path from "node:path";
import { setUp } from "../../setup/index.ts";
import { createProgress } from "../../terminal/progress.ts";
import { findProject } from "../workspace/project.ts";

/**
 * `nestbox install`: provides the Pulumi CLI and its plugins for a project, as an image needs them. Without
 * them in the image, the set-up would download them for each job.
 */
export async function install(project: string): Promise<number> {
  const projectFolder = findProject(path.resolve(project));
  const progress = createProgress();
  try {
    await setUp({ projectFolder, docker: false, pulumi: true, images: [] }, progress);
    return 0;
  } finally {
    progress.close();
  }
}
