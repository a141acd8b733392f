import { setTimeout as pause } from "node:timers/promises";
import { endOrphanedProcesses } from "../../machine/orphaned-processes.ts";
import { removeBrokenLocks } from "./broken-lock.ts";
import { holderState, type LockHolder, localView, lockHolders } from "./lock-holder.ts";
import { type PulumiResult, type PulumiRun, runOperation } from "./operation.ts";
import { hasPendingCreates } from "./pending-creates.ts";
import { type CommandContext, runOnStack } from "./pulumi-command.ts";

/** Another process holds the stack's lock, and the operation does not wait for it. */
export class StackInUse extends Error {
  override readonly name = "StackInUse";
}

/** Milliseconds between two attempts to get the lock: Pulumi itself does not wait. */
const INTERVAL = 1000;

/** Minutes that a CI job waits for a holder in an unknown state. */
const TIMEOUT_IN_CI = 10;

interface Waiting {
  /** Whether to wait at all. @default true */
  readonly wait?: boolean;
  /** Minutes to wait for a holder in an unknown state. @default no limit; in CI ten */
  readonly timeout?: number;
  /** Called between taking over the lock of a dead holder and the next attempt. */
  readonly afterTakeOver?: (failed: PulumiResult) => Promise<unknown>;
}

/**
 * Runs an operation once no other process holds the stack's lock. It waits for a holder that runs or cannot
 * be observed from here. It takes over the lock of a dead holder: while that lock exists, no process gets
 * another. The processes of a killed command are ended first: they may hold the lock.
 * @returns the result of the attempt that found no lock
 * @throws StackInUse naming the holder, when waiting is disabled or the timeout is over
 */
export async function runWhenUnlocked(
  context: CommandContext,
  wanted: PulumiRun,
  {
    wait = true,
    timeout = context.environment.CI ? TIMEOUT_IN_CI : Number.POSITIVE_INFINITY,
    afterTakeOver = async () => {},
  }: Waiting = {},
): Promise<PulumiResult> {
  endOrphans(context);
  const waitFor = holderWait(context, { wait, timeout });
  let run = wanted;
  for (;;) {
    const end = await runOperation(context, run);
    if (end.exitCode !== 0 && hasRemovedBrokenLock(context, end.startedAt)) continue;
    const holders = lockHolders(end.errors.map(({ message }) => message));
    if (holders.length === 0) {
      if (end.exitCode === 0 && !run.remove) await clearPendingCreates(context, run, end);
      return end;
    }
    // The previous holder may have changed the engine and died before it updated the state.
    if (run.operation === "up") run = { ...run, refresh: true };
    const view = localView(context.environment);
    // GitLab runs waiting jobs one at a time, but a clean-up, which does not wait, beside them.
    const examined = holders.map((holder) => ({
      holder,
      state: holderState(holder, view, { isOnlyJob: wait }),
    }));
    const alive = examined.find(({ state }) => state !== "dead");
    if (alive === undefined) {
      await takeOver(context, holders);
      await afterTakeOver(end);
    } else await waitFor(alive.holder, alive.state === "running");
  }
}

/** Ends the Pulumi processes of killed commands in a project, and reports it. */
export function endOrphans({ project, progress }: CommandContext): void {
  const ended = endOrphanedProcesses(project.folder);
  const processes = ended === 1 ? "1 process" : `${ended} processes`;
  if (ended > 0) progress.done(`ended ${processes}, left by a killed command`);
}

/** Neither `up` nor `destroy` clears them from the state. */
async function clearPendingCreates(
  context: CommandContext,
  run: PulumiRun,
  end: PulumiResult,
): Promise<void> {
  const isNeeded = run.refresh ? await hasPendingCreates(context) : end.hasPendingCreates;
  if (isNeeded) await runOnStack(context, "refresh", "--clear-pending-creates", "--yes", "--skip-preview");
}

function hasRemovedBrokenLock(
  { project: { stack }, progress, environment }: CommandContext,
  before: number,
): boolean {
  if (removeBrokenLocks(environment, stack, before) === 0) return false;
  progress.warn(`stack ${stack}: removed an incomplete lock file, which no process holds`);
  return true;
}

async function takeOver(context: CommandContext, holders: readonly LockHolder[]): Promise<void> {
  const { project, progress } = context;
  for (const holder of holders) {
    const lock = `the lock of ${describe(holder)}, which no longer runs`;
    progress.warn(`stack ${project.stack}: taking over ${lock}`);
  }
  await runOnStack(context, "cancel", "--yes");
}

/**
 * A function that waits one interval for a holder, with a message for each new one. It throws StackInUse when
 * waiting is disabled or the timeout is over.
 */
function holderWait(
  { project: { stack }, progress }: CommandContext,
  { wait, timeout }: { readonly wait: boolean; readonly timeout: number },
): (holder: LockHolder, isRunning: boolean) => Promise<void> {
  let reported = "";
  let since = 0;
  return async (holder, isRunning) => {
    const who = describe(holder);
    const unlock = `if that process no longer runs, unlock the stack: nestbox pulumi cancel -s ${stack}`;
    const held = `has held its lock since ${holder.since}${isRunning ? "" : `; ${unlock}`}`;
    if (!wait) throw new StackInUse(`${who} ${held}`);
    if (reported !== who) {
      reported = who;
      since = Date.now();
      progress.print(`… stack ${stack}: waiting for ${who}, which ${held}`);
    } else if (!isRunning && Date.now() - since >= timeout * 60_000) {
      throw new StackInUse(`stack ${stack}: waited ${timeout} minutes for ${who}, which ${held}`);
    }
    await pause(INTERVAL);
  };
}

function describe({ user, host, pid }: LockHolder): string {
  return `process ${pid} of ${user} on ${host}`;
}
