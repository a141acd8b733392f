import { askPulumi } from "../pulumi/question.ts";
import type { Workspace } from "../workspace/workspace.ts";

/** A resource of a state, as far as we read it. */
export interface ExportedResource {
  readonly type?: string;
  /** What its provider knows it by: of Docker's the engine's id. */
  readonly id?: string;
}

/**
 * The resources that the state of the workspace's stack tells of.
 * @throws PulumiRefused where nobody can read it
 */
export async function exportState(workspace: Workspace): Promise<readonly ExportedResource[]> {
  const stdout = await askPulumi(workspace, ["stack", "export", "--stack", workspace.project.stack]);
  const { deployment } = JSON.parse(stdout) as ExportedStack;
  return deployment?.resources ?? [];
}

/** What `pulumi stack export` prints. */
interface ExportedStack {
  readonly deployment?: { readonly resources?: readonly ExportedResource[] };
}
