import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Workspace } from "../../project/workspace.ts";
import { stateAddress } from "../../stacks/state-backend.ts";
import { filesIn, isBrokenJson } from "../pulumi/broken-lock.ts";
import { unreadableState } from "../pulumi/explain-errors.ts";
import type { PulumiResult } from "../pulumi/operation.ts";
import { runOnStack } from "../pulumi/pulumi-command.ts";
import { localStacks, stateFileOf } from "./stack-file.ts";

/**
 * Runs an operation; if the stack's state is corrupt, replaces the state and runs the operation again. The
 * stack's resources are still found by their labels on the engine.
 * @param operate an operation that creates the stack if it is not in the state
 */
export async function withReadableState(
  workspace: Workspace,
  operate: () => Promise<PulumiResult>,
): Promise<PulumiResult> {
  removeBrokenSidecars(workspace);
  const result = await operate();
  const reason = unreadableState(result.errors.map(({ message }) => message));
  if (reason === undefined) return result;
  const { progress, project } = workspace;
  const replacement = await replaceState(workspace);
  progress.warn(
    `stack ${project.stack}: its state could not be read (${reason}) and ` +
      `${replacement}; its resources are found by their labels on the engine`,
  );
  return operate();
}

/** Moves the state's file in a local folder. In other backends Pulumi imports an empty state over it. */
async function replaceState(workspace: Workspace): Promise<string> {
  const { name, stack } = workspace.project;
  const file = stateFileOf(workspace);
  if (file !== undefined) {
    const aside = `${file}.broken-${Date.now()}`;
    renameSync(file, aside);
    return `was moved to ${aside}`;
  }
  const folder = mkdtempSync(path.join(tmpdir(), "nestbox-state-"));
  try {
    const empty = path.join(folder, "empty.json");
    writeFileSync(empty, JSON.stringify({ version: 3, deployment: {} }));
    await runOnStack(workspace, "stack", "import", "--file", empty);
  } finally {
    rmSync(folder, { recursive: true });
  }
  const address = stateAddress(workspace.environment.PULUMI_BACKEND_URL);
  return `was replaced by an empty one (backups: .pulumi/backups/${name}/${stack} at ${address})`;
}

/** Removes truncated sidecar files of killed Pulumi commands: Pulumi does not read the files beside them. */
function removeBrokenSidecars(workspace: Workspace): void {
  const stacks = localStacks(workspace);
  if (stacks === undefined) return;
  const sidecars = [stacks, path.resolve(stacks, "..", "..")]
    .flatMap(filesIn)
    .filter((file) => file.endsWith(".attrs"));
  for (const sidecar of sidecars.filter(isBrokenJson)) rmSync(sidecar, { force: true });
}
