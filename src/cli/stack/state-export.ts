import type { OwnedResource } from "../../ownership/owned-resource.ts";
import { runPulumiCommand } from "../pulumi/pulumi-command.ts";
import type { Workspace } from "../workspace/workspace.ts";

/** A resource in a state, with the fields that are read here. */
export interface ExportedResource {
  readonly type?: string;
  /** The provider's id, see {@link idInState}. */
  readonly id?: string;
}

/**
 * The resources in the state of the workspace's stack.
 * @throws PulumiCommandError for a state that cannot be read
 */
export async function exportState(workspace: Workspace): Promise<readonly ExportedResource[]> {
  const stdout = await runPulumiCommand(workspace, ["stack", "export", "--stack", workspace.project.stack]);
  const { deployment } = JSON.parse(stdout) as ExportedStack;
  return deployment?.resources ?? [];
}

/** The id of a resource in a state. Docker's is the engine's, that of a namespace is its name. */
export function idInState({ kind, id, name }: OwnedResource): string {
  return kind === "namespace" ? name : id;
}

/** The output of `pulumi stack export`. */
interface ExportedStack {
  readonly deployment?: { readonly resources?: readonly ExportedResource[] };
}
