import { LABEL, type Labels } from "../../model/labels.ts";
import { uniqueName } from "../../model/names.ts";
import { leaseLabels } from "../../ownership/lease.ts";
import type { LeaseStore } from "../../ownership/lease-store.ts";
import type { OwnedResource } from "../../ownership/owned-resource.ts";
import { owns } from "../../project/owner.ts";
import type { Workspace } from "../../project/workspace.ts";
import type { StackOnEngine } from "../../stacks/stack-on-engine.ts";
import { type CommandContext, PulumiCommandError } from "../pulumi/pulumi-command.ts";
import { exportState, idInState } from "../pulumi/state-export.ts";

/** The types and ids in a state of the resources that hold a sandbox together, and each sandbox has. */
const FRAMES: Readonly<Record<string, RegExp>> = {
  "docker:index/network:Network": /^/,
  "kubernetes:core/v1:Namespace": /^/,
  // The root of a sandbox inside a namespace that it shares.
  "kubernetes:networking.k8s.io/v1:NetworkPolicy": /-default-deny$/,
};

/**
 * The stacks of branches that a clean-up without state access removed from the engine and that the state
 * still contains. A stack that has come up since, here or on another engine, is not among them: it has
 * resources here, or its state contains a network that the clean-up did not remove.
 * @param listed the stacks in the state
 */
export async function removedStacks(
  workspace: Workspace,
  resources: readonly OwnedResource[],
  listed: readonly string[],
): Promise<readonly StackOnEngine[]> {
  const { project } = workspace;
  const settled = resources.filter(({ labels }) => labels[LABEL.covers] !== "removal");
  const byOwner = Map.groupBy(settled, ({ labels }) => labels[LABEL.owner] ?? "");
  const found: StackOnEngine[] = [];
  for (const [owner, parts] of byOwner) {
    const { [LABEL.stack]: stack = "", [LABEL.branch]: branch = "" } = parts[0]?.labels ?? {};
    const isOurs = owns(workspace, { owner, stack }) && listed.includes(stack);
    if (!isOurs || stack !== uniqueName(branch) || !parts.every(({ labels }) => isRemovalRecord(labels)))
      continue;
    const networks = await networksInState({ ...workspace, project: { ...project, stack } });
    if (networks === undefined || !parts.some(({ labels }) => coversNetworks(labels, networks))) continue;
    found.push({
      owner,
      project: project.name,
      stack,
      branch,
      parts,
      ends: "unreadable",
      kept: false,
      inUse: false,
    });
  }
  return found;
}

/** The kinds of those resources on their place. */
const FRAME_KINDS: readonly OwnedResource["kind"][] = ["network", "namespace", "sandbox"];

/** The length of the record of a removed stack: by then, a clean-up with the state has read it. */
const RECORD_LENGTH = 90 * 86_400_000;

/**
 * Records that a branch's stack was removed by its labels alone. A clean-up with the state learns from it
 * that the networks in the state were on this engine: a state does not name its engine.
 */
export async function recordRemoval(
  leases: LeaseStore,
  { parts }: StackOnEngine,
  labels: Labels,
): Promise<void> {
  const networks = parts.flatMap((part) => (FRAME_KINDS.includes(part.kind) ? [idInState(part)] : []));
  const now = await leases.now();
  const record = { ...labels, [LABEL.networks]: networks.join(" ") };
  const expires = now + RECORD_LENGTH;
  await leases.create(leaseLabels({ labels: record, covers: "removed", expires, now }));
}

/** Whether these are the labels of a record of {@link recordRemoval}. */
export function isRemovalRecord(labels: Labels): boolean {
  return labels[LABEL.kind] === "lease" && labels[LABEL.covers] === "removed";
}

function coversNetworks(labels: Labels, networks: readonly string[]): boolean {
  const removed = (labels[LABEL.networks] ?? "").split(" ");
  return networks.every((id) => removed.includes(id));
}

/** The ids of those resources in a stack's state. Undefined for a state that cannot be read. */
async function networksInState(context: CommandContext): Promise<readonly string[] | undefined> {
  try {
    const { resources } = await exportState(context);
    return resources.flatMap(({ type, id = "" }) => (FRAMES[type ?? ""]?.test(id) ? [id] : []));
  } catch (error) {
    if (error instanceof PulumiCommandError) return undefined;
    throw error;
  }
}
