import type { Possession } from "../../docker/possessions.ts";
import { LABEL } from "../../model/labels.ts";
import { uniqueName } from "../../model/names.ts";
import { isGrave, lieIn } from "../../stacks/grave.ts";
import type { StackOnEngine } from "../../stacks/stack-on-engine.ts";
import { isTombstone } from "../../stacks/tombstone.ts";
import { PulumiCommandError } from "../pulumi/pulumi-command.ts";
import { exportState } from "../stack/state-export.ts";
import { owns } from "../workspace/stack-owner.ts";
import type { Workspace } from "../workspace/workspace.ts";

/** Pulumi's type of a Docker network. */
const NETWORK = "docker:index/network:Network";

/**
 * The stacks of branches that a clean-up without state access removed from the engine and that the state
 * still contains. A stack that has come up since, here or on another engine, is not among them: it has
 * resources here, or its state contains a network that the clean-up did not remove.
 * @param listed the stacks in the state
 */
export async function removedStacks(
  workspace: Workspace,
  possessions: readonly Possession[],
  listed: readonly string[],
): Promise<readonly StackOnEngine[]> {
  const { project } = workspace;
  const settled = possessions.filter(({ labels }) => !isTombstone(labels));
  const byOwner = Map.groupBy(settled, ({ labels }) => labels[LABEL.owner] ?? "");
  const found: StackOnEngine[] = [];
  for (const [owner, parts] of byOwner) {
    const { [LABEL.stack]: stack = "", [LABEL.branch]: branch = "" } = parts[0]?.labels ?? {};
    const isOurs = owns(project, { owner, stack }) && listed.includes(stack);
    if (!isOurs || stack !== uniqueName(branch) || !parts.every(({ labels }) => isGrave(labels))) continue;
    const networks = await networksInState({ ...workspace, project: { ...project, stack } });
    if (networks === undefined || !parts.some(({ labels }) => lieIn(labels, networks))) continue;
    found.push({ owner, project: project.name, stack, branch, parts, ends: "unreadable", inUse: false });
  }
  return found;
}

/** The engine's ids of the networks in a stack's state. Undefined for a state that cannot be read. */
async function networksInState(workspace: Workspace): Promise<readonly string[] | undefined> {
  try {
    const resources = await exportState(workspace);
    return resources.flatMap(({ type, id = "" }) => (type === NETWORK ? [id] : []));
  } catch (error) {
    if (error instanceof PulumiCommandError) return undefined;
    throw error;
  }
}
