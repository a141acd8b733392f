/** An `AbortSignal`: what Nestbox uses of it, so that its declarations need no global type. */
export interface Abort {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/**
 * Calls a listener once a signal is aborted, also if it already is.
 * @returns a function that removes the listener
 */
export function onAbort(signal: Abort | undefined, listener: (reason: unknown) => void): () => void {
  if (signal === undefined) return () => {};
  const listening = () => listener(signal.reason);
  if (signal.aborted) listening();
  else signal.addEventListener("abort", listening);
  return () => signal.removeEventListener("abort", listening);
}
