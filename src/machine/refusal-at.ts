import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** Milliseconds until a listener must accept a connection, and between two attempts. */
const LIMIT = 5000;
const INTERVAL = 100;

const NO_ANSWER = "no answer";

/**
 * Dials an address until something accepts the connection.
 * @returns why nothing does, within five seconds; undefined once something has
 */
export async function refusalAt(address: {
  readonly host: string;
  readonly port: number;
}): Promise<string | undefined> {
  const end = performance.now() + LIMIT;
  let reason = NO_ANSWER;
  for (;;) {
    const refusal = await dial(address, end - performance.now());
    if (refusal === undefined) return undefined;
    // The last attempt may have no time for an answer. What an earlier one got says more.
    if (refusal !== NO_ANSWER) reason = refusal;
    if (performance.now() + INTERVAL > end) return reason;
    await pause(INTERVAL);
  }
}

function dial(
  address: { readonly host: string; readonly port: number },
  limit: number,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(address);
    const finish = (refusal?: string) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(refusal);
    };
    const timer = setTimeout(() => finish(NO_ANSWER), limit);
    socket.once("connect", () => finish());
    socket.once("error", ({ code, message }: NodeJS.ErrnoException) => finish(code ?? message));
  });
}
