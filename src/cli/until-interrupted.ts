import { EXIT_INTERRUPTED } from "../machine/exit-codes.ts";
import { Interrupted, type Invocation, interruptible } from "../sandbox/invocation.ts";

/** @returns the exit code of the work; that of an interruption if one ends it */
export async function untilInterrupted(
  invocation: Pick<Invocation, "onInterruption">,
  work: (signal: AbortSignal) => Promise<number>,
): Promise<number> {
  try {
    return await interruptible(invocation, work);
  } catch (error) {
    if (error instanceof Interrupted) return EXIT_INTERRUPTED;
    throw error;
  }
}
