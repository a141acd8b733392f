import { INTERRUPTIONS } from "../setup/interruption.ts";
import { EXIT_INTERRUPTED } from "./exit-codes.ts";

/**
 * Runs work that an interruption aborts, so that it can clean up.
 * @returns the exit code of the work; that of an interruption if the signal's reason ends it
 */
export async function withInterruption(work: (interrupted: AbortSignal) => Promise<number>): Promise<number> {
  const interruption = new AbortController();
  const interrupt = () => interruption.abort();
  for (const signal of INTERRUPTIONS) process.on(signal, interrupt);
  try {
    return await work(interruption.signal);
  } catch (error) {
    if (error === interruption.signal.reason) return EXIT_INTERRUPTED;
    throw error;
  } finally {
    for (const signal of INTERRUPTIONS) process.off(signal, interrupt);
  }
}
