import { engineTime, type Possession, readPossessions } from "../../docker/possessions.ts";
import { mayStillRun } from "../../machine/process-mark.ts";
import { LABEL, type Labels } from "../../model/labels.ts";
import { stacksOn } from "../../stacks/ended-stacks.ts";
import { isGrave, isOvergrown } from "../../stacks/grave.ts";
import { orphansIn } from "../../stacks/orphans.ts";
import { isProtected } from "../../stacks/settings.ts";
import type { StackOnEngine } from "../../stacks/stack-on-engine.ts";
import { isTombstone, stands } from "../../stacks/tombstone.ts";
import { PulumiRefused } from "../pulumi/question.ts";
import { hasState, knownStacks } from "../stack/stack-file.ts";
import { describeEnd } from "../tables/time-left.ts";
import { openProject, type Project } from "../workspace/project.ts";
import { owns } from "../workspace/stack-plan.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { forgottenStacks } from "./forgotten-stacks.ts";

/** A stack that should not be on the engine any more, and why. */
export interface Doomed {
  readonly stack: StackOnEngine;
  readonly reason: string;
  /** Whether the state that this project is set to knows it. */
  readonly isKnown: boolean;
}

/** A stack that stays, with parts of it that nobody uses any more. */
export interface Littered {
  readonly stack: StackOnEngine;
  readonly parts: readonly Possession[];
}

/** What clean-up has found. */
export interface Findings {
  readonly doomed: readonly Doomed[];
  readonly littered: readonly Littered[];
  /** Tombstones and graves that count for nothing: nobody misses them. */
  readonly fallen: readonly Possession[];
  /** What would be among them, were it not a protected branch's. */
  readonly spared: readonly Doomed[];
  /** Why what has not ended cannot be told from what nobody knows. */
  readonly problem?: string;
}

const FORGOTTEN = "removed already, but the state still knows it";

const NO_STATE =
  "there is no state where PULUMI_BACKEND_URL points to, so whatever has not ended is left alone; " +
  "nestbox down --stack NAME removes a stack by its labels";

/** @param owner whose stack it is about; everybody's, where undefined */
export async function look(workspace: Workspace, owner: string | undefined): Promise<Findings> {
  const { project, engine } = workspace;
  // The engine first: what is made after the state was read would look as if no state knew it.
  const [possessions, now] = await Promise.all([readPossessions(engine, owner), engineTime(engine)]);
  const { known, problem } = await askState(workspace);
  const stacks = stacksOn(possessions, mayStillRun, now);
  const unused = stacks.flatMap((stack): readonly Doomed[] => {
    const isOurs = owns(project, stack);
    const isKnown = isOurs && (known?.includes(stack.stack) ?? true);
    if (stack.inUse) return [];
    if (typeof stack.ends === "number" && stack.ends <= now)
      return [{ stack, isKnown, reason: describeEnd(stack.ends, now) }];
    if (isOurs && !isKnown && hasState()) return [{ stack, isKnown, reason: "unknown to the state" }];
    return [];
  });
  const forgotten = await forgottenStacks(workspace, possessions, known ?? []);
  const found = [...unused, ...forgotten.map((stack) => ({ stack, isKnown: true, reason: FORGOTTEN }))];
  const isSpared = await Promise.all(found.map(({ stack }) => belongsToProtected(project, stack)));
  const doomed = found.filter((_, index) => !isSpared[index]);
  const staying = stacks.filter((stack) => !doomed.some((one) => one.stack === stack));
  return {
    doomed,
    littered: staying
      .map((stack) => ({ stack, parts: orphansIn(stack.parts, mayStillRun, now) }))
      .filter(({ parts }) => parts.length > 0),
    fallen: possessions.filter(
      ({ labels }) =>
        (isTombstone(labels) && !stands(labels, now)) ||
        (isGrave(labels) && (isOvergrown(labels, now) || isForgottenBy(workspace, known, labels))),
    ),
    spared: found.filter((_, index) => isSpared[index]),
    ...(problem !== undefined && { problem }),
  };
}

/** Whether the state, which can be read, knows nothing of the stack that carries these labels. */
function isForgottenBy(
  { project }: Workspace,
  known: readonly string[] | undefined,
  labels: Labels,
): boolean {
  const stack = labels[LABEL.stack] ?? "";
  const isOurs = owns(project, { owner: labels[LABEL.owner], stack });
  return isOurs && hasState() && known !== undefined && !known.includes(stack);
}

/** Whether a stack of the project is a protected branch's by the settings that hold now. */
async function belongsToProtected(project: Project, on: StackOnEngine): Promise<boolean> {
  const { stack, branch } = on;
  if (branch === undefined || !owns(project, on)) return false;
  const place = { project: project.folder, stack, branch };
  return isProtected((await openProject(place, { declarations: false })).settings);
}

/** The stacks that the state knows; without them, why nobody can tell. */
async function askState(
  workspace: Workspace,
): Promise<{ readonly known?: readonly string[]; readonly problem?: string }> {
  if (!hasState()) return { known: [], problem: NO_STATE };
  try {
    return { known: await knownStacks(workspace) };
  } catch (error) {
    if (!(error instanceof PulumiRefused)) throw error;
    return {
      problem: `the state does not tell its stacks (${error.message}), so whatever has not ended is left alone`,
    };
  }
}
