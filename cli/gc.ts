import path from "node:path";
import { connect } from "../engine/client.ts";
import { type StackOnEngine, stacksOn } from "../engine/ended-stacks.ts";
import { digGrave, isGrave, isOvergrown } from "../engine/grave.ts";
import { removeParts } from "../engine/leftovers.ts";
import { orphansIn } from "../engine/orphans.ts";
import { engineTime, type Possession, readPossessions } from "../engine/possessions.ts";
import { isTombstone, stands, underTombstone } from "../engine/tombstone.ts";
import { isProtected, SETTINGS_NAMESPACE } from "../infra/settings.ts";
import { configuredBackend } from "../infra/state-backend.ts";
import { tryLock } from "../machine/lock.cjs";
import { mayStillRun } from "../machine/process-mark.ts";
import { LABEL, type Labels } from "../sandboxes/model/labels.ts";
import { colors } from "../terminal/colors.ts";
import { branchEnvironment } from "./branch-state.ts";
import { requireMeansThatOutliveJob } from "./ci-job.ts";
import { takeDown } from "./down.ts";
import { forgottenStacks } from "./forgotten-stacks.ts";
import { findProject, openProject, type Place, type Project } from "./project.ts";
import { StackInUse } from "./pulumi-lock.ts";
import { PulumiRefused } from "./pulumi-question.ts";
import { type Session, withSession } from "./session.ts";
import { hasState, knownStacks } from "./stack-file.ts";
import { stackLockName } from "./stack-lock.ts";
import { type Environment, ownerLabel } from "./stack-plan.ts";
import { table } from "./table.ts";
import { describeEnd } from "./time-left.ts";

/** How cleaning up is wanted. */
export interface CollectionOptions {
  /** Removes; otherwise only says what would be removed. @default false */
  readonly yes?: boolean;
  readonly json?: boolean;
  /** Looks at the place's own stack alone. @default false: at every stack on the engine */
  readonly only?: boolean;
}

/** A stack that should not be on the engine any more, and why. */
interface Doomed {
  readonly stack: StackOnEngine;
  readonly reason: string;
  /** Whether the state that this project is set to knows it. */
  readonly isKnown: boolean;
}

/** A stack that stays, with parts of it that nobody uses any more. */
interface Littered {
  readonly stack: StackOnEngine;
  readonly parts: readonly Possession[];
}

/** What clean-up has found. */
interface Findings {
  readonly doomed: readonly Doomed[];
  readonly littered: readonly Littered[];
  /** Tombstones and graves that count for nothing: nobody misses them. */
  readonly fallen: readonly Possession[];
  /** What would be among them, were it not a protected branch's. */
  readonly spared: readonly Doomed[];
  /** Why what has not ended cannot be told from what nobody knows. */
  readonly problem?: string;
}

const PROTECTED = `${SETTINGS_NAMESPACE}:protectedBranches protects its branch`;

const ORPHANED = "left by a command that was killed";

const FORGOTTEN = "removed already, but the state still knows it";

const NO_STATE =
  "there is no state where PULUMI_BACKEND_URL points to, so whatever has not ended is left alone; " +
  "nestbox down --stack NAME removes a stack by its labels";

/**
 * `nestbox gc`: removes the stacks whose time is over, what carries this project's labels though its state does not know the stack, and of the other stacks what commands have left that
 * were killed. A dry run unless `yes`. Gives the exit code.
 */
export async function collect(
  place: Place,
  { yes = false, json = false, only = false }: CollectionOptions,
): Promise<number> {
  const outside = { ...process.env };
  requireMeansThatOutliveJob(configuredBackend(findProject(path.resolve(place.project)), outside), outside);
  const needs = { pulumi: true, declarations: false, sandboxes: () => [] };
  return withSession(place, needs, async (session) => {
    const owner = only ? ownerLabel(session.project, process.env) : undefined;
    const findings = await look(session, owner);
    const { doomed, littered, spared, problem } = findings;
    if (problem !== undefined) session.progress.print(`${colors.yellow("!")} ${problem}`);
    for (const { stack, reason } of spared)
      session.progress.print(leftAlone(stack, `${reason}, but ${PROTECTED}`));
    if (json) process.stdout.write(`${JSON.stringify(asJson(findings), null, 2)}\n`);
    else process.stdout.write(describe(findings, yes));
    if (!yes) return 0;
    const ends: number[] = [];
    for (const one of doomed) ends.push(await removeDoomed(session, one, outside));
    for (const one of littered) ends.push(await removeOrphans(session, one));
    await removeParts(await connect(session.engine), findings.fallen);
    return Math.max(0, ...ends);
  });
}

/** @param owner whose stack it is about; everybody's, where undefined */
async function look(session: Session, owner: string | undefined): Promise<Findings> {
  const { project, engine } = session;
  // The engine first: what is made after the state was read would look as if no state knew it.
  const [all, now] = await Promise.all([readPossessions(engine), engineTime(engine)]);
  const possessions = all.filter(({ labels }) => owner === undefined || labels[LABEL.owner] === owner);
  const { known, problem } = await askState(session);
  const stacks = stacksOn(possessions, mayStillRun, now);
  const unused = stacks.flatMap((stack): readonly Doomed[] => {
    const isOurs = stack.owner === ownerLabel({ ...project, stack: stack.stack }, process.env);
    const isKnown = isOurs && (known?.includes(stack.stack) ?? true);
    if (stack.inUse) return [];
    if (typeof stack.ends === "number" && stack.ends <= now)
      return [{ stack, isKnown, reason: describeEnd(stack.ends, now) }];
    if (isOurs && !isKnown && hasState()) return [{ stack, isKnown, reason: "unknown to the state" }];
    return [];
  });
  const forgotten = await forgottenStacks(session, possessions, known ?? []);
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
        (isGrave(labels) && (isOvergrown(labels, now) || isForgottenBy(session, known, labels))),
    ),
    spared: found.filter((_, index) => isSpared[index]),
    ...(problem !== undefined && { problem }),
  };
}

/** Whether the state, which can be read, knows nothing of the stack that carries these labels. */
function isForgottenBy({ project }: Session, known: readonly string[] | undefined, labels: Labels): boolean {
  const stack = labels[LABEL.stack] ?? "";
  const isOurs = labels[LABEL.owner] === ownerLabel({ ...project, stack }, process.env);
  return isOurs && hasState() && known !== undefined && !known.includes(stack);
}

/** Whether a stack of the project is a protected branch's by the settings that hold now. */
async function belongsToProtected(
  project: Project,
  { owner, stack, branch }: StackOnEngine,
): Promise<boolean> {
  if (branch === undefined || owner !== ownerLabel({ ...project, stack }, process.env)) return false;
  const place = { project: project.folder, stack, branch };
  return isProtected((await openProject(place, { declarations: false })).settings);
}

/** The stacks that the state knows; without them, why nobody can tell. */
async function askState(
  session: Session,
): Promise<{ readonly known?: readonly string[]; readonly problem?: string }> {
  if (!hasState()) return { known: [], problem: NO_STATE };
  try {
    return { known: await knownStacks(session) };
  } catch (error) {
    if (!(error instanceof PulumiRefused)) throw error;
    return {
      problem: `the state does not tell its stacks (${error.message}), so whatever has not ended is left alone`,
    };
  }
}

/** Removes a stack that nobody works on, if it should still go once we alone may work on it. */
async function removeDoomed(session: Session, { stack }: Doomed, outside: Environment): Promise<number> {
  const { progress, engine, project } = session;
  const giveBack = await tryLock(stackLockName(stack.owner));
  if (giveBack === undefined) {
    progress.print(leftAlone(stack, "somebody works on it right now"));
    return 0;
  }
  try {
    // Elsewhere nobody sees the lock.
    return await underTombstone(engine, labelsOf(stack), async () => {
      const [still] = (await look(session, stack.owner)).doomed;
      if (still === undefined) return 0;
      if (still.isKnown) return takeDown(await sessionFor(session, stack, outside), { waits: false });
      // Not by the owner: somebody who makes the stack anew has that one, too.
      const removed = await removeParts(await connect(engine), still.stack.parts);
      const { branch } = stack;
      const mayBeInState =
        stack.owner !== ownerLabel({ ...project, stack: stack.stack }, process.env) || !hasState();
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
async function removeOrphans({ engine, progress }: Session, { stack, parts }: Littered): Promise<number> {
  try {
    const [possessions, now] = await Promise.all([readPossessions(engine), engineTime(engine)]);
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

function leftAlone({ stack }: StackOnEngine, reason: string): string {
  return `… stack ${stack}: ${reason}; left alone`;
}

/** The same machine, another stack of the project, and the passphrase of that one. */
async function sessionFor(
  session: Session,
  { stack, branch }: StackOnEngine,
  outside: Environment,
): Promise<Session> {
  const place = { project: session.project.folder, stack, ...(branch !== undefined && { branch }) };
  const project = await openProject(place, { declarations: false });
  if (branch === undefined) return { ...session, project };
  const { PULUMI_CONFIG_PASSPHRASE, PULUMI_CONFIG_PASSPHRASE_FILE } = outside;
  const environment = {
    PULUMI_CONFIG_PASSPHRASE,
    PULUMI_CONFIG_PASSPHRASE_FILE,
    ...branchEnvironment(project.folder, outside),
  };
  return { ...session, project, environment };
}

function describe({ doomed, littered }: Findings, yes: boolean): string {
  const rows = [
    ...doomed.map(({ stack, reason }) => rowOf(stack, reason, stack.parts)),
    ...littered.map(({ stack, parts }) => rowOf(stack, `stays, but for what was ${ORPHANED}`, parts)),
  ];
  if (rows.length === 0) return "nothing to clean up\n";
  const hint = yes
    ? ""
    : `\nNothing has been removed yet. Remove it with: ${colors.bold("nestbox gc --yes")}\n`;
  return `${table(rows)}\n${hint}`;
}

function rowOf(
  { branch, project, stack }: StackOnEngine,
  reason: string,
  parts: readonly Possession[],
): readonly string[] {
  return [
    colors.bold(branch ?? stack),
    colors.dim(`${project}/${stack}`),
    reason,
    `${parts.length} ${parts.length === 1 ? "object" : "objects"}`,
  ];
}

function asJson({ doomed, littered }: Findings): readonly object[] {
  return [
    ...doomed.map(({ stack, reason, isKnown }) => ({
      ...named(stack),
      reason,
      stackStays: false,
      knownToState: isKnown,
      objects: objectsOf(stack.parts),
    })),
    ...littered.map(({ stack, parts }) => ({
      ...named(stack),
      reason: ORPHANED,
      stackStays: true,
      objects: objectsOf(parts),
    })),
  ];
}

function named({ owner, project, stack, branch }: StackOnEngine): object {
  return { owner, project, stack, branch };
}

function objectsOf(parts: readonly Possession[]): readonly string[] {
  return parts.map(({ kind, name }) => `${kind} ${name}`);
}
