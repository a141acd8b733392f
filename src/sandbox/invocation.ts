import type { Readable, Writable } from "node:stream";
import type { Environment } from "../machine/environment.ts";
import type { Progress } from "../terminal/progress.ts";
import type { Timed } from "../timings/timings.ts";
import type { TargetEntry } from "./target.ts";

/**
 * What the outermost caller (a command, a program or a test) hands to everything below it. Nothing below
 * reads or changes the process itself.
 */
export interface Invocation extends Timed {
  readonly environment: Environment;
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly progress: Progress;
  /** The targets to choose from. */
  readonly targets: readonly TargetEntry[];
  /**
   * Calls a listener for each interruption: Ctrl-C, SIGTERM, a closed terminal. Without a listener, an
   * interruption ends the process.
   * @returns a function that removes the listener
   */
  onInterruption(listener: (signal: NodeJS.Signals) => void): () => void;
}

/** The signals of Ctrl-C, of a request to end, and of a closed terminal. */
export const INTERRUPTIONS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** A signal to the process has ended the work. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  readonly signal: NodeJS.Signals;

  constructor(signal: NodeJS.Signals) {
    super(`Interrupted by ${signal}.`);
    this.signal = signal;
  }
}

/**
 * Runs work that an interruption aborts, so that it can clean up.
 * @param work its signal's reason is {@link Interrupted}
 */
export async function interruptible<Result>(
  { onInterruption }: Pick<Invocation, "onInterruption">,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const abort = new AbortController();
  const remove = onInterruption((signal) => abort.abort(new Interrupted(signal)));
  try {
    return await work(abort.signal);
  } finally {
    remove();
  }
}
