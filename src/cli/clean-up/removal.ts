import { connect } from "../../docker/client.ts";
import { removeParts } from "../../docker/leftovers.ts";
import { engineTime, readPossessions } from "../../docker/possessions.ts";
import { tryLock } from "../../machine/lock.cjs";
import { mayStillRun } from "../../machine/process-mark.ts";
import { LABEL, type Labels } from "../../model/labels.ts";
import { digGrave } from "../../stacks/grave.ts";
import { orphansIn } from "../../stacks/orphans.ts";
import type { StackOnEngine } from "../../stacks/stack-on-engine.ts";
import { underTombstone } from "../../stacks/tombstone.ts";
import { colors } from "../../terminal/colors.ts";
import { StackInUse } from "../pulumi/lock.ts";
import { hasState } from "../stack/stack-file.ts";
import { stackLockName } from "../stack/stack-lock.ts";
import { takeDown } from "../stack/take-down.ts";
import { branchEnvironment } from "../workspace/branch-state.ts";
import { openProject } from "../workspace/project.ts";
import { type Environment, owns } from "../workspace/stack-plan.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { type Doomed, type Littered, look } from "./findings.ts";
import { leftAlone, ORPHANED } from "./report.ts";

/** Removes a stack that nobody works on, if it should still go once we alone may work on it. */
export async function removeDoomed(
  workspace: Workspace,
  { stack }: Doomed,
  outside: Environment,
): Promise<number> {
  const { progress, engine, project } = workspace;
  const giveBack = await tryLock(stackLockName(stack.owner));
  if (giveBack === undefined) {
    progress.print(leftAlone(stack, "somebody works on it right now"));
    return 0;
  }
  try {
    // Elsewhere nobody sees the lock.
    return await underTombstone(engine, labelsOf(stack), async () => {
      const [still] = (await look(workspace, stack.owner)).doomed;
      if (still === undefined) return 0;
      if (still.isKnown) return takeDown(await workspaceFor(workspace, stack, outside), { waits: false });
      // Not by the owner: somebody who makes the stack anew has that one, too.
      const removed = await removeParts(await connect(engine), still.stack.parts);
      const { branch } = stack;
      const mayBeInState = !owns(project, stack) || !hasState();
      if (branch !== undefined && mayBeInState) await digGrave(engine, { ...still.stack, branch });
      progress.print(
        `${colors.green("✓")} stack ${stack.stack}: removed ${removed.join(", ") || "what told its end"}`,
      );
      return 0;
    });
  } catch (error) {
    if (error instanceof StackInUse) {
      progress.print(leftAlone(stack, error.message));
      return 0;
    }
    progress.print(
      `${colors.red("error")} stack ${stack.stack} of ${project.name}: ${(error as Error).message}`,
    );
    return 1;
  } finally {
    await giveBack();
  }
}

/** By what a stack's tombstone is known as its own. */
function labelsOf({ owner, project, stack, branch }: StackOnEngine): Labels {
  return {
    [LABEL.owner]: owner,
    [LABEL.project]: project,
    [LABEL.stack]: stack,
    ...(branch !== undefined && { [LABEL.branch]: branch }),
  };
}

/** Removes what is still there of it. No lock: who works on the stack uses none of it. */
export async function removeOrphans(
  { engine, progress }: Workspace,
  { stack, parts }: Littered,
): Promise<number> {
  try {
    const [possessions, now] = await Promise.all([readPossessions(engine, stack.owner), engineTime(engine)]);
    // A reservation is known by its name, which somebody else may have by now.
    const still = orphansIn(possessions, mayStillRun, now).filter(({ id, labels }) =>
      parts.some((part) => part.id === id && part.labels[LABEL.process] === labels[LABEL.process]),
    );
    const removed = await removeParts(await connect(engine), still);
    if (removed.length > 0)
      progress.print(`${colors.green("✓")} stack ${stack.stack}: removed ${removed.join(", ")}, ${ORPHANED}`);
    return 0;
  } catch (error) {
    progress.print(`${colors.red("error")} stack ${stack.stack}: ${(error as Error).message}`);
    return 1;
  }
}

/** The same machine, another stack of the project, and the passphrase of that one. */
async function workspaceFor(
  workspace: Workspace,
  { stack, branch }: StackOnEngine,
  outside: Environment,
): Promise<Workspace> {
  const place = { project: workspace.project.folder, stack, ...(branch !== undefined && { branch }) };
  const project = await openProject(place, { declarations: false });
  if (branch === undefined) return { ...workspace, project };
  const { PULUMI_CONFIG_PASSPHRASE, PULUMI_CONFIG_PASSPHRASE_FILE } = outside;
  const environment = {
    PULUMI_CONFIG_PASSPHRASE,
    PULUMI_CONFIG_PASSPHRASE_FILE,
    ...branchEnvironment(project.folder, outside),
  };
  return { ...workspace, project, environment };
}
