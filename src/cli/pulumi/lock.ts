import { setTimeout as pause } from "node:timers/promises";
import { removeBrokenLocks } from "./broken-lock.ts";
import { endOrphans } from "./end-orphans.ts";
import { holderState, type LockHolder, localView, lockHolders } from "./lock-holder.ts";
import { type PulumiResult, type PulumiRun, runOperation } from "./operation.ts";
import { hasPendingCreates } from "./pending-creates.ts";
import { type CommandContext, runPulumiCommand } from "./pulumi-command.ts";

/** Another process holds the stack's lock, and the operation does not wait for it. */
export class StackInUse extends Error {
  override readonly name = "StackInUse";
}

/** The result of an operation, with the time when the lock was free. */
export interface UnlockedResult extends PulumiResult {
  /** Start of the attempt that found no lock, in milliseconds since 1970. */
  readonly startedAt: number;
}

/** Milliseconds between two attempts to get the lock: Pulumi itself does not wait. */
const INTERVAL = 1000;

/** Minutes that a CI job waits for a holder in an unknown state. */
const TIMEOUT_IN_CI = 10;

/**
 * Runs an operation once no other process holds the stack's lock. It waits for a holder that runs or cannot
 * be observed from here. It takes over the lock of a dead holder: while that lock exists, no process gets
 * another. The processes of a killed command are ended first: they may hold the lock.
 * @param options.wait whether to wait at all. Default: true
 * @param options.timeout minutes to wait for a holder in an unknown state. Default: no limit; in CI ten
 * @param options.afterTakeOver called between taking over the lock of a dead holder and the next attempt
 * @throws StackInUse naming the holder, when waiting is disabled or the timeout is over
 */
export async function runWhenUnlocked(
  wanted: PulumiRun,
  {
    wait = true,
    timeout = process.env.CI ? TIMEOUT_IN_CI : Number.POSITIVE_INFINITY,
    afterTakeOver = async () => {},
  }: Waiting = {},
): Promise<UnlockedResult> {
  endOrphans(wanted.folder, wanted.progress);
  const waitFor = holderWait(wanted, { wait, timeout });
  let run = wanted;
  for (;;) {
    const startedAt = Date.now();
    const end = { ...(await runOperation(run)), startedAt };
    if (end.exitCode !== 0 && hasRemovedBrokenLock(run, startedAt)) continue;
    const holders = lockHolders(end.errors.map(({ message }) => message));
    if (holders.length === 0) {
      if (end.exitCode === 0 && !run.remove) await clearPendingCreates(run, end);
      return end;
    }
    // The previous holder may have changed the engine and died before it updated the state.
    if (run.operation === "up") run = { ...run, refresh: true };
    // GitLab runs waiting jobs one at a time, but a clean-up, which does not wait, beside them.
    const alive = examine(holders, wait).find(({ state }) => state !== "dead");
    if (alive === undefined) {
      await takeOver(run, holders);
      await afterTakeOver(end);
    } else await waitFor(alive);
  }
}

/** Neither `up` nor `destroy` clears them from the state. */
async function clearPendingCreates(run: PulumiRun, end: PulumiResult): Promise<void> {
  const isNeeded = run.refresh ? await hasPendingCreates(contextOf(run), run.stack) : end.hasPendingCreates;
  if (isNeeded) await runOnStack(run, "refresh", "--clear-pending-creates", "--yes", "--skip-preview");
}

interface Waiting {
  readonly wait?: boolean;
  readonly timeout?: number;
  readonly afterTakeOver?: (failed: UnlockedResult) => Promise<void>;
}

interface ExaminedHolder {
  readonly holder: LockHolder;
  readonly state: ReturnType<typeof holderState>;
}

function examine(holders: readonly LockHolder[], isOnlyJob: boolean): readonly ExaminedHolder[] {
  const view = localView(process.env);
  return holders.map((holder) => ({ holder, state: holderState(holder, view, { isOnlyJob }) }));
}

function hasRemovedBrokenLock({ stack, progress }: PulumiRun, startedAt: number): boolean {
  if (removeBrokenLocks(stack, startedAt) === 0) return false;
  const what = "an incomplete lock file, which no process holds";
  progress.warn(`stack ${stack}: removed ${what}`);
  return true;
}

async function takeOver(run: PulumiRun, holders: readonly LockHolder[]): Promise<void> {
  for (const holder of holders) {
    const lock = `the lock of ${describe(holder)}, which no longer runs`;
    run.progress.warn(`stack ${run.stack}: taking over ${lock}`);
  }
  await runOnStack(run, "cancel", "--yes");
}

/**
 * A function that waits one interval for a holder, with a message for each new one. It throws StackInUse when
 * waiting is disabled or the timeout is over.
 */
function holderWait(
  { stack, progress }: PulumiRun,
  { wait, timeout }: Required<Pick<Waiting, "wait" | "timeout">>,
): (holder: ExaminedHolder) => Promise<void> {
  let reported = "";
  let since = 0;
  return async ({ holder, state }) => {
    const who = describe(holder);
    const unlock = `if that process no longer runs, unlock the stack: nestbox pulumi cancel -s ${stack}`;
    const held = `has held its lock since ${holder.since}${state === "running" ? "" : `; ${unlock}`}`;
    if (!wait) throw new StackInUse(`${who} ${held}`);
    if (reported !== who) {
      reported = who;
      since = Date.now();
      progress.print(`… stack ${stack}: waiting for ${who}, which ${held}`);
    } else if (state !== "running" && Date.now() - since >= timeout * 60_000) {
      throw new StackInUse(`stack ${stack}: waited ${timeout} minutes for ${who}, which ${held}`);
    }
    await pause(INTERVAL);
  };
}

function describe({ user, host, pid }: LockHolder): string {
  return `process ${pid} of ${user} on ${host}`;
}

async function runOnStack(run: PulumiRun, ...words: readonly string[]): Promise<void> {
  await runPulumiCommand(contextOf(run), [...words, "--stack", run.stack]);
}

function contextOf({ command: pulumi, folder, environment }: PulumiRun): CommandContext {
  return { pulumi, project: { folder }, environment };
}
