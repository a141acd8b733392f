/** Ends this process by a signal, once what it has to clean up is done. */
export async function endBySignal(signal: NodeJS.Signals): Promise<never> {
  process.kill(process.pid, signal);
  // The signal arrives a moment later.
  return new Promise<never>(() => setTimeout(() => {}, 1000));
}
