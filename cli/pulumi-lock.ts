import { hostname } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { colors } from "../terminal/colors.ts";
import { removeBrokenLocks } from "./broken-lock.ts";
import { askPulumi } from "./pulumi-question.ts";
import { type PulumiEnd, type PulumiRun, runPulumi } from "./pulumi-run.ts";

/** Who holds a lock on a stack, in Pulumi's own words. */
export interface LockHolder {
  readonly user: string;
  readonly host: string;
  readonly pid: number;
  /** When it took the lock, in ISO 8601. */
  readonly since: string;
}

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

/**
 * Runs an operation once nobody else works on the stack. A lock of a living process, or of one on another machine, is waited for; one whose process has died on
 * this machine is taken over, which is safe because as long as it lies there nobody gets another.
 * @param options.waits whether to wait at all. Default: true
 * @throws StackInUse naming the holder, for a lock that is not to be waited for
 */
export async function runWhenFree(
  run: PulumiRun,
  { waits = true }: { readonly waits?: boolean } = {},
): Promise<FreeEnd> {
  let told = "";
  for (;;) {
    const began = Date.now();
    const end = { ...(await runPulumi(run)), began };
    if (end.exitCode !== 0 && removeBrokenLocks(run.stack, began) > 0) {
      run.progress.print(
        `${colors.yellow("!")} stack ${run.stack}: removed a lock that nobody holds: whoever wrote it did not get to its end`,
      );
      continue;
    }
    const holders = lockHolders(end.errors);
    if (holders.length === 0) return end;
    const living = holders.find((holder) => !hasDied(holder));
    if (living === undefined) {
      for (const holder of holders)
        run.progress.print(
          `${colors.yellow("!")} stack ${run.stack}: taking over from ${describe(holder)}, which has died`,
        );
      await cancel(run);
      continue;
    }
    if (!waits) throw new StackInUse(`${describe(living)} works on it since ${living.since}`);
    if (told !== describe(living)) {
      told = describe(living);
      run.progress.print(
        `… stack ${run.stack}: waiting for ${told}, which works on it since ${living.since}`,
      );
    }
    await pause(PAUSE);
  }
}

/** The holders that an error about a locked stack names: pkg/backend/diy/lock.go. Nobody, for any other error. */
export function lockHolders(errors: readonly string[]): readonly LockHolder[] {
  const locked = errors.filter((error) => error.includes("the stack is currently locked by"));
  return locked.flatMap((error) =>
    [...error.matchAll(/: created by (\S*)@(\S+) \(pid (\d+)\) at (\S+)/g)].map(
      ([, user = "", host = "", pid, since = ""]) => ({ user, host, pid: Number(pid), since }),
    ),
  );
}

/** Whether the holder was a process of this machine that is no more. */
export function hasDied({ host, pid }: LockHolder): boolean {
  if (host !== hostname()) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

function describe({ user, host, pid }: LockHolder): string {
  return `process ${pid} of ${user} on ${host}`;
}

async function cancel({ command: pulumi, folder, stack, environment }: PulumiRun): Promise<void> {
  await askPulumi({ pulumi, project: { folder }, environment }, ["cancel", "--yes", "--stack", stack]);
}
