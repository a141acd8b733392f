import { INTERRUPTIONS } from "../sandbox/invocation.ts";

/** Ends something that must not outlive the process. @param signal undefined at its normal end */
type End = (signal: NodeJS.Signals | undefined) => Promise<unknown>;

const ends = new Set<End>();

/**
 * Calls a function before the process ends: by a signal, or because it has nothing left to do. The signal is
 * passed on afterwards: without another listener, it ends the process.
 * @returns a function that removes it. Without any, the process has no listener of ours
 */
export function beforeProcessEnds(end: End): () => void {
  if (ends.size === 0) {
    for (const signal of INTERRUPTIONS) process.on(signal, onSignal);
    process.on("beforeExit", onIdle);
  }
  ends.add(end);
  return () => {
    ends.delete(end);
    if (ends.size > 0) return;
    for (const signal of INTERRUPTIONS) process.off(signal, onSignal);
    process.off("beforeExit", onIdle);
  };
}

let ending = false;

async function onSignal(signal: NodeJS.Signals): Promise<void> {
  // A terminal sends Ctrl-C to npm as well, which passes it on: the second one must not cut this short.
  if (ending) return;
  ending = true;
  await endAll(signal);
  ending = false;
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
}

function onIdle(): void {
  void endAll(undefined);
}

async function endAll(signal: NodeJS.Signals | undefined): Promise<void> {
  await Promise.allSettled([...ends].map((end) => end(signal)));
}
