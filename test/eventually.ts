import { setTimeout as pause } from "node:timers/promises";
import { type Duration, milliseconds } from "../src/model/duration.ts";

/** The pause between two checks, in milliseconds. */
const PAUSE = 20;

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
  const repeat = async (): Promise<Value> => {
    for (;;) {
      try {
        return await check();
      } catch (error) {
        failure = error;
      }
      await pause(PAUSE, undefined, { signal: limit.signal });
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

function timeoutError(within: Duration, cause: unknown): Error {
  const text = cause instanceof Error ? cause.message : String(cause);
  return new Error(`not within ${within}; the last check failed: ${text}`, { cause });
}
