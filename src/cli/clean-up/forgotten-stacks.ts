import type { Possession } from "../../docker/possessions.ts";
import { LABEL } from "../../model/labels.ts";
import { uniqueName } from "../../model/names.ts";
import { isGrave, lieIn } from "../../stacks/grave.ts";
import type { StackOnEngine } from "../../stacks/stack-on-engine.ts";
import { isTombstone } from "../../stacks/tombstone.ts";
import { PulumiRefused } from "../pulumi/question.ts";
import { exportState } from "../stack/state-export.ts";
import { owns } from "../workspace/stack-plan.ts";
import type { Workspace } from "../workspace/workspace.ts";

/** Pulumi's name for the networks of a Docker engine. */
const NETWORK = "docker:index/network:Network";

/**
 * The stacks of branches that a clean-up without the state has removed from this engine, so that the state
 * still knows them. None that has anything here again, and none whose state tells of a network that was not
 * among those removed: it has come up since, here or on another engine.
 * @param known the stacks that the state knows
 */
export async function forgottenStacks(
  workspace: Workspace,
  possessions: readonly Possession[],
  known: readonly string[],
): Promise<readonly StackOnEngine[]> {
  const { project } = workspace;
  const settled = possessions.filter(({ labels }) => !isTombstone(labels));
  const byOwner = Map.groupBy(settled, ({ labels }) => labels[LABEL.owner] ?? "");
  const found: StackOnEngine[] = [];
  for (const [owner, parts] of byOwner) {
    const { [LABEL.stack]: stack = "", [LABEL.branch]: branch = "" } = parts[0]?.labels ?? {};
    const isOurs = owns(project, { owner, stack }) && known.includes(stack);
    if (!isOurs || stack !== uniqueName(branch) || !parts.every(({ labels }) => isGrave(labels))) continue;
    const networks = await networksInState({ ...workspace, project: { ...project, stack } });
    if (networks === undefined || !parts.some(({ labels }) => lieIn(labels, networks))) continue;
    found.push({ owner, project: project.name, stack, branch, parts, ends: "unreadable", inUse: false });
  }
  return found;
}

/** The networks that a stack's state tells of, by the engine's ids; undefined where nobody can read it. */
async function networksInState(workspace: Workspace): Promise<readonly string[] | undefined> {
  try {
    const resources = await exportState(workspace);
    return resources.flatMap(({ type, id = "" }) => (type === NETWORK ? [id] : []));
  } catch (error) {
    if (error instanceof PulumiRefused) return undefined;
    throw error;
  }
}
