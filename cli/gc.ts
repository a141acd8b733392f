import path from "node:path";
import { connect } from "../engine/client.ts";
import { type StackOnEngine, stacksOn } from "../engine/ended-stacks.ts";
import { removeLeftovers } from "../engine/leftovers.ts";
import { engineTime, readPossessions } from "../engine/possessions.ts";
import { isProtected, SETTINGS_NAMESPACE } from "../infra/settings.ts";
import { configuredBackend } from "../infra/state-backend.ts";
import { tryLock } from "../machine/lock.cjs";
import { mayStillRun } from "../machine/process-mark.ts";
import { colors } from "../terminal/colors.ts";
import { branchEnvironment } from "./branch-state.ts";
import { requireMeansThatOutliveJob } from "./ci-job.ts";
import { takeDown } from "./down.ts";
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
}

/** A stack that should not be on the engine any more, and why. */
interface Doomed {
  readonly stack: StackOnEngine;
  readonly reason: string;
  /** Whether the state that this project is set to knows it. */
  readonly isKnown: boolean;
}

/** What clean-up has found. */
interface Findings {
  readonly doomed: readonly Doomed[];
  /** What would be among them, were it not a protected branch's. */
  readonly spared: readonly Doomed[];
  /** Why what has not ended cannot be told from what nobody knows. */
  readonly problem?: string;
}

const PROTECTED = `${SETTINGS_NAMESPACE}:protectedBranches protects its branch`;

const NO_STATE =
  "there is no state where PULUMI_BACKEND_URL points to, so whatever has not ended is left alone; " +
  "nestbox down --stack NAME removes a stack by its labels";

/** `nestbox gc`: removes the stacks whose time is over, and what carries this project's labels though its state does not know the stack. A dry run unless `yes`. Gives the exit code. */
export async function collect(
  place: Place,
  { yes = false, json = false }: CollectionOptions,
): Promise<number> {
  const outside = { ...process.env };
  requireMeansThatOutliveJob(configuredBackend(findProject(path.resolve(place.project)), outside), outside);
  const needs = { pulumi: true, declarations: false, sandboxes: () => [] };
  return withSession(place, needs, async (session) => {
    const { doomed, spared, problem } = await findDoomed(session);
    if (problem !== undefined) session.progress.print(`${colors.yellow("!")} ${problem}`);
    for (const { stack, reason } of spared)
      session.progress.print(leftAlone(stack, `${reason}, but ${PROTECTED}`));
    if (json) process.stdout.write(`${JSON.stringify(doomed.map(asJson), null, 2)}\n`);
    else process.stdout.write(describeDoomed(doomed, yes));
    if (!yes) return 0;
    let exitCode = 0;
    for (const one of doomed) exitCode = Math.max(exitCode, await removeDoomed(session, one, outside));
    return exitCode;
  });
}

async function findDoomed(session: Session): Promise<Findings> {
  const { project, engine } = session;
  // The engine first: what is made after the state was read would look as if no state knew it.
  const [possessions, now] = await Promise.all([readPossessions(engine), engineTime(engine)]);
  const { known, problem } = await askState(session);
  const found = stacksOn(possessions, mayStillRun).flatMap((stack): readonly Doomed[] => {
    const isOurs = stack.owner === ownerLabel({ ...project, stack: stack.stack }, process.env);
    const isKnown = isOurs && (known?.includes(stack.stack) ?? true);
    if (stack.inUse) return [];
    if (typeof stack.ends === "number" && stack.ends <= now)
      return [{ stack, isKnown, reason: describeEnd(stack.ends, now) }];
    if (isOurs && !isKnown && hasState()) return [{ stack, isKnown, reason: "unknown to the state" }];
    return [];
  });
  const isSpared = await Promise.all(found.map(({ stack }) => belongsToProtected(project, stack)));
  return {
    doomed: found.filter((_, index) => !isSpared[index]),
    spared: found.filter((_, index) => isSpared[index]),
    ...(problem !== undefined && { problem }),
  };
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
    const still = (await findDoomed(session)).doomed.find((one) => one.stack.owner === stack.owner);
    if (still === undefined) return 0;
    if (still.isKnown) return await takeDown(await sessionFor(session, stack, outside), { waits: false });
    const removed = await removeLeftovers(await connect(engine), stack.owner);
    progress.print(
      `${colors.green("✓")} stack ${stack.stack}: removed ${removed.join(", ") || "what told its end"}`,
    );
    return 0;
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

function describeDoomed(doomed: readonly Doomed[], yes: boolean): string {
  if (doomed.length === 0) return "nothing to clean up\n";
  const rows = doomed.map(({ stack, reason }) => [
    colors.bold(stack.branch ?? stack.stack),
    colors.dim(`${stack.project}/${stack.stack}`),
    reason,
    `${stack.parts.length} ${stack.parts.length === 1 ? "object" : "objects"}`,
  ]);
  const hint = yes
    ? ""
    : `\nNothing has been removed yet. Remove it with: ${colors.bold("nestbox gc --yes")}\n`;
  return `${table(rows)}\n${hint}`;
}

function asJson({ stack, reason, isKnown }: Doomed): object {
  const { owner, project, stack: name, branch, parts } = stack;
  return {
    owner,
    project,
    stack: name,
    branch,
    reason,
    knownToState: isKnown,
    objects: parts.map((part) => `${part.kind} ${part.name}`),
  };
}
