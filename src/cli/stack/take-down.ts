import { connect } from "../../docker/client.ts";
import type { DockerHost } from "../../docker/host.ts";
import { removeParts } from "../../docker/leftovers.ts";
import { requireNoOtherUsers } from "../../docker/other-users.ts";
import { engineTime, madeBefore, type Possession, readPossessions } from "../../docker/possessions.ts";
import { isTombstone, stands } from "../../stacks/tombstone.ts";
import { colors } from "../../terminal/colors.ts";
import { isUnknownStack } from "../pulumi/errors.ts";
import { type FreeEnd, runWhenFree } from "../pulumi/lock.ts";
import { EXIT_FAILED } from "../pulumi/operation.ts";
import type { Project } from "../workspace/project.ts";
import { ownerLabel } from "../workspace/stack-plan.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { withReadableState } from "./broken-state.ts";
import { localStacks, stateFileOf } from "./stack-file.ts";
import { asStackStep } from "./stack-step.ts";
import { removeStrays } from "./strays.ts";

/**
 * Removes all that a stack has. Whoever calls it holds the stack's lock. Gives the exit code.
 * @param options.waits whether to wait for somebody who works on the stack elsewhere. Default: true
 * @throws StackInUse when it is not to wait and somebody does
 */
export async function takeDown(
  workspace: Workspace,
  { waits = true }: { readonly waits?: boolean } = {},
): Promise<number> {
  const { project, progress, engine } = workspace;
  let began = Date.now();
  const owner = ownerLabel(project, process.env);
  await requireNoOtherUsers(engine, await readPossessions(engine, owner), owner);
  if (mayBeKnown(project)) {
    const destruction = {
      command: workspace.pulumi,
      operation: "destroy",
      folder: project.folder,
      stack: project.stack,
      // A branch's stack is there for its sandboxes; another one has settings that somebody wrote.
      remove: project.settings.branch !== undefined,
      environment: workspace.environment,
      progress,
    } as const;
    const destroy = async () => {
      // What removes the rest is loaded while Pulumi works.
      const [end] = await Promise.all([unlessUnknown(runWhenFree(destruction, { waits })), connect(engine)]);
      began = end.began;
      return end;
    };
    const { exitCode } = await asStackStep(workspace, "taken down", async () => {
      const first = await withReadableState(workspace, destroy);
      if (first.exitCode !== EXIT_FAILED) return first;
      // What a command that was killed has left may hold what was to go: a container its network.
      const strays = await removeStrays(workspace, [], first);
      if (strays.length === 0) return first;
      progress.print(
        `${colors.green("✓")} removed ${strays.join(", ")}, which a command that was killed had left`,
      );
      return destroy();
    });
    if (exitCode !== 0) return exitCode;
  } else {
    progress.print(`${colors.green("✓")} stack ${project.stack} is not up`);
  }
  const removed = await removeParts(await connect(engine), await leftBefore(engine, owner, began));
  if (removed.length > 0)
    progress.print(`${colors.green("✓")} also removed ${removed.join(", ")}, which the state did not know`);
  return 0;
}

/**
 * What the stack has on the engine but for what somebody has begun to make since, who has waited for the
 * destruction, and but for who else is about to remove it.
 */
async function leftBefore(engine: DockerHost, owner: string, began: number): Promise<readonly Possession[]> {
  const [ours, now] = await Promise.all([readPossessions(engine, owner), engineTime(engine)]);
  const left = ours.filter(({ labels }) => !(isTombstone(labels) && stands(labels, now)));
  return madeBefore(engine, left, began);
}

/** A local folder tells at once whether it has the stack; another backend when it is asked to destroy it. */
function mayBeKnown({ name, stack }: Project): boolean {
  return localStacks(name) === undefined || stateFileOf(name, stack) !== undefined;
}

/** A stack that the state does not know has nothing to destroy. */
async function unlessUnknown(operation: Promise<FreeEnd>): Promise<FreeEnd> {
  const end = await operation;
  return isUnknownStack(end.errors) ? { ...end, exitCode: 0, errors: [] } : end;
}
