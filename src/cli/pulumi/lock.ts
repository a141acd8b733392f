import { setTimeout as pause } from "node:timers/promises";
import { colors } from "../../terminal/colors.ts";
import { removeBrokenLocks } from "./broken-lock.ts";
import { judgeHolder, type LockHolder, lockHolders, witnessHere } from "./lock-holder.ts";
import { type PulumiEnd, runPulumi } from "./operation.ts";
import { forgetLostCreations } from "./pending-operations.ts";
import type { PulumiRun } from "./pulumi-run.ts";
import { askPulumi } from "./question.ts";

/** Somebody works on a stack, and the operation was not to wait for that. */
export class StackInUse extends Error {
  override readonly name = "StackInUse";
}

/** How an operation ended that may have had to wait. */
export interface FreeEnd extends PulumiEnd {
  /** When it had the stack for itself, in milliseconds since 1970. */
  readonly began: number;
}

/** Milliseconds between two looks at a lock that somebody else holds: Pulumi itself does not wait. */
const PAUSE = 1000;

/** Minutes that a job in CI waits for a holder of which nobody can tell whether it still works. */
const PATIENCE_OF_JOB = 10;

/**
 * Runs an operation once nobody else works on the stack. A lock of a living process, or of one that cannot be
 * seen from here, is waited for; one whose process has died is taken over, which is safe because as long as
 * it lies there nobody gets another.
 * @param options.waits whether to wait at all. Default: true
 * @param options.patience how many minutes to wait for a holder of which nobody can tell whether it still
 * works. Default: for ever, in CI ten
 * @throws StackInUse naming the holder, for a lock that is not to be waited for any longer
 */
export async function runWhenFree(
  wanted: PulumiRun,
  { waits = true, patience = process.env.CI ? PATIENCE_OF_JOB : Number.POSITIVE_INFINITY }: Waiting = {},
): Promise<FreeEnd> {
  const waitFor = waitingFor(wanted, { waits, patience });
  let run = wanted;
  for (;;) {
    const began = Date.now();
    const end = { ...(await runPulumi(run)), began };
    if (end.exitCode !== 0 && hasRemovedBrokenLock(run, began)) continue;
    const holders = lockHolders(end.errors.map(({ message }) => message));
    if (holders.length === 0) {
      if (end.exitCode === 0 && end.holdsLostCreations && !run.remove) await forgetLostCreations(run);
      return end;
    }
    // Whoever was there before us may have changed the engine since somebody looked at it, and died before
    // the state knew.
    if (run.operation === "up") run = { ...run, refresh: true };
    // GitLab runs one at a time of the jobs that wait; the clean-up, which does not, goes beside them.
    const living = judge(holders, waits).find(({ state }) => state !== "has died");
    if (living === undefined) await takeOver(run, holders);
    else await waitFor(living);
  }
}

/** How long an operation waits for others. */
interface Waiting {
  readonly waits?: boolean;
  readonly patience?: number;
}

/** A holder of the lock, and what can be told of it from here. */
interface Judged {
  readonly holder: LockHolder;
  readonly state: ReturnType<typeof judgeHolder>;
}

function judge(holders: readonly LockHolder[], isOnlyJob: boolean): readonly Judged[] {
  const witness = witnessHere(process.env);
  return holders.map((holder) => ({ holder, state: judgeHolder(holder, witness, { isOnlyJob }) }));
}

function hasRemovedBrokenLock({ stack, progress }: PulumiRun, began: number): boolean {
  if (removeBrokenLocks(stack, began) === 0) return false;
  progress.print(
    `${colors.yellow("!")} stack ${stack}: removed a lock that nobody holds: whoever wrote it did not get to its end`,
  );
  return true;
}

async function takeOver(run: PulumiRun, holders: readonly LockHolder[]): Promise<void> {
  for (const holder of holders) {
    run.progress.print(
      `${colors.yellow("!")} stack ${run.stack}: taking over from ${describe(holder)}, which has died`,
    );
  }
  await cancel(run);
}

/**
 * Gives what waits a moment for a holder, and says so once for each. It throws StackInUse when there is to be
 * no waiting, or when it has taken too long.
 */
function waitingFor(
  { stack, progress }: PulumiRun,
  { waits, patience }: Required<Waiting>,
): (judged: Judged) => Promise<void> {
  let told = "";
  let since = 0;
  return async ({ holder, state }) => {
    const remedy = state === "works" ? "" : `; ${frees(stack)}`;
    const who = describe(holder);
    if (!waits) throw new StackInUse(`${who} works on it since ${holder.since}${remedy}`);
    if (told !== who) {
      told = who;
      since = Date.now();
      progress.print(
        `… stack ${stack}: waiting for ${who}, which works on it since ${holder.since}${remedy}`,
      );
    } else if (state !== "works" && Date.now() - since >= patience * 60_000) {
      throw new StackInUse(
        `stack ${stack}: ${who} has its lock since ${holder.since}, and has not given it back within ${patience} minutes${remedy}`,
      );
    }
    await pause(PAUSE);
  };
}

function frees(stack: string): string {
  return `whether it still works cannot be told from here: if not, nestbox pulumi cancel -s ${stack} frees the stack`;
}

function describe({ user, host, pid }: LockHolder): string {
  return `process ${pid} of ${user} on ${host}`;
}

async function cancel({ command: pulumi, folder, stack, environment }: PulumiRun): Promise<void> {
  await askPulumi({ pulumi, project: { folder }, environment }, ["cancel", "--yes", "--stack", stack]);
}
