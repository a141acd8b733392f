import { setTimeout as pause } from "node:timers/promises";
import { type Duration, milliseconds } from "../src/model/duration.ts";

/** The shortest and longest pause between two checks, in milliseconds. Each check takes an engine's time. */
const PAUSES = [20, 100] as const;

/**
 * Repeats a check until it passes and returns its value. A check fails by throwing, as `expect` does.
 * @throws Error with the last failure if no check passes within the given time
 */
export async function eventually<Value>(
  check: () => Value | Promise<Value>,
  { within }: { readonly within: Duration },
): Promise<Value> {
  let failure: unknown = new Error("the check has not returned yet");
  const limit = new AbortController();
  const started = performance.now();
  const repeat = async (): Promise<Value> => {
    for (;;) {
      try {
        return await check();
      } catch (error) {
        failure = error;
      }
      await pause(pauseAfter(performance.now() - started), undefined, { signal: limit.signal });
    }
  };
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(timeoutError(within, failure)), milliseconds(within));
  });
  try {
    return await Promise.race([repeat(), timeout]);
  } finally {
    clearTimeout(timer);
    limit.abort();
  }
}

/** A tenth of the time that has passed, so that no wait is much longer than it has to be. */
function pauseAfter(passed: number): number {
  const [shortest, longest] = PAUSES;
  return Math.min(Math.max(passed / 10, shortest), longest);
}

function timeoutError(within: Duration, cause: unknown): Error {
  const text = cause instanceof Error ? cause.message : String(cause);
  return new Error(`not within ${within}; the last check failed: ${text}`, { cause });
}
