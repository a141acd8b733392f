import { setTimeout } from "node:timers/promises";
import { KubernetesRefused } from "./cluster-error.ts";

/** As often as client-go sends a request. */
const ATTEMPTS = 10;
/** For how long an API server may put a request off, in milliseconds. */
const LIMIT = 60_000;
/** The pause without a Retry-After, in milliseconds. */
const PAUSE = 1000;

interface RepeatedRequest {
  readonly method: string;
  /** Ends the pauses. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sends a request again when the API server asks for that, after the time that it names.
 * @param send throws KubernetesRefused if the API server refuses the request
 * @throws what the last attempt threw; the signal's reason
 */
export async function repeatLater<Answer>(
  { method, signal }: RepeatedRequest,
  send: () => Promise<Answer>,
): Promise<Answer> {
  const end = Date.now() + LIMIT;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await send();
    } catch (error) {
      const pause = pauseAfter(error, method);
      if (pause === undefined || attempt === ATTEMPTS || Date.now() + pause > end) throw error;
      await setTimeout(pause, undefined, { signal }).catch(() => signal?.throwIfAborted());
    }
  }
}

/** The milliseconds until a refused request may be sent again; undefined for one that must not be. */
function pauseAfter(error: unknown, method: string): number | undefined {
  if (!(error instanceof KubernetesRefused)) return undefined;
  const { status, retryAfter } = error;
  // The server has not begun with such a request, so that any may be sent again.
  if (status === 429) return retryAfter ?? PAUSE;
  if (method !== "GET") return undefined;
  return status === 503 ? (retryAfter ?? PAUSE) : status >= 500 ? retryAfter : undefined;
}

/** The milliseconds that a Retry-After names, as seconds or as a date: RFC 9110, section 10.2.3. */
export function millisecondsOf(retryAfter: string | undefined, now: number): number | undefined {
  if (retryAfter === undefined) return undefined;
  const seconds = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - now;
  return Number.isNaN(seconds) ? undefined : Math.max(0, seconds);
}
