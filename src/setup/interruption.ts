/** The signals of Ctrl-C, of a request to end, and of a closed terminal. */
export const INTERRUPTIONS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Runs `work` until a signal to this process aborts it. Then waits for its clean-up, and ends the process by
 * the same signal.
 */
export async function interruptible<Result>(
  work: (signal: AbortSignal) => Promise<Result>,
  beforeTheEnd: () => void,
): Promise<Result> {
  const abort = new AbortController();
  let received: NodeJS.Signals | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    received = signal;
    abort.abort(new Error(`Interrupted by ${signal}.`));
  };
  for (const signal of INTERRUPTIONS) process.on(signal, onSignal);
  try {
    return await work(abort.signal);
  } finally {
    for (const signal of INTERRUPTIONS) process.off(signal, onSignal);
    if (received !== undefined) {
      beforeTheEnd();
      process.kill(process.pid, received);
      // The signal arrives a moment later; the error of the aborted work must not be shown before.
      await new Promise(() => setTimeout(() => {}, 1000));
    }
  }
}
