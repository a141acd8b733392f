import { FilesChanged } from "../images/files-changed.ts";
import { nameBuilds } from "../images/name-builds.ts";
import { watchBuilds } from "../images/watch-builds.ts";
import type { Plan } from "../model/plan/plan.ts";
import type { Invocation } from "../sandbox/invocation.ts";
import type { Progress } from "../terminal/progress.ts";
import { withinStep } from "../terminal/within-step.ts";
import { reportError } from "./report-error.ts";
import { untilInterrupted } from "./until-interrupted.ts";

/** Sandboxes that are up, and follow the files of their images. */
export interface WatchedSandboxes {
  /** With builds that {@link nameBuilds} has not named yet. */
  readonly plans: readonly Plan[];
  readonly projectFolder: string;
  /** Brings all of them up, the first time. */
  start(plans: readonly Plan[]): Promise<unknown>;
  /** Builds the changed images of these, and replaces the services that have them. */
  replace(plans: readonly Plan[], progress: Progress): Promise<unknown>;
}

/**
 * Brings sandboxes up, then builds images again whenever their files have changed, until an interruption. The
 * sandboxes stay up. An error after the start is printed, and the next change tries again.
 * @returns the exit code of the interruption
 * @throws the errors of the start
 */
export function rebuildChanges(sandboxes: WatchedSandboxes, invocation: Invocation): Promise<number> {
  const { plans, projectFolder } = sandboxes;
  return untilInterrupted(invocation, async (signal): Promise<never> => {
    // Before the files are read, so that no change since is lost.
    const watch = watchBuilds(plans, projectFolder, signal);
    try {
      const first = nameBuilds(plans, projectFolder);
      let last: LastUp = { plans: first, isUp: await unlessChanged(() => sandboxes.start(first)) };
      const { progress } = invocation;
      progress.print("… watches the files of images; Ctrl-C ends that, and leaves the sandboxes up");
      for (;;) {
        try {
          await watch.changed();
          const wanted = nameBuilds(plans, projectFolder);
          const before = last;
          // After a failure nobody knows what is up.
          last = { ...before, isUp: false };
          last = await replaceChanged(sandboxes, wanted, before, progress);
        } catch (error) {
          signal.throwIfAborted();
          reportError(error, invocation);
        }
      }
    } finally {
      watch.close();
    }
  });
}

/** What was brought up last. */
interface LastUp {
  readonly plans: readonly Plan[];
  /** Whether all of it is up. */
  readonly isUp: boolean;
}

/** Builds what differs from what was brought up last, and replaces the services that have it. */
async function replaceChanged(
  sandboxes: WatchedSandboxes,
  wanted: readonly Plan[],
  last: LastUp,
  progress: Progress,
): Promise<LastUp> {
  const rebuilt = wanted.map((plan, index) => changedParts(plan, last.plans[index]));
  const replaced = wanted.filter((_, index) => !last.isUp || rebuilt[index]?.length !== 0);
  if (replaced.length === 0) return last;
  const names = rebuilt.flat();
  const named = names.length === 0 ? replaced.map(({ sandbox }) => sandbox) : names;
  const isUp = await progress.step(named.join(", "), async (step) => {
    const isDone = await unlessChanged(() => sandboxes.replace(replaced, withinStep(step, progress)));
    step.result(isDone ? "rebuilt" : "changed meanwhile");
    return isDone;
  });
  return { plans: isUp ? wanted : last.plans, isUp };
}

/** Whether work got to its end. The watch has yet to report files that changed during their build. */
async function unlessChanged(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (error instanceof FilesChanged) return false;
    throw error;
  }
}

/** The services and jobs of a plan that have another image than before: `shop api`. */
function changedParts(plan: Plan, before: Plan | undefined): readonly string[] {
  const partsOf = ({ services, jobs }: Plan) => [...services, ...jobs];
  const earlier = before === undefined ? [] : partsOf(before);
  const changed = partsOf(plan).filter(({ image }, index) => image !== earlier[index]?.image);
  return changed.map(({ key }) => `${plan.sandbox} ${key}`);
}
